SELECT final_entities.entity
FROM final_entities
WHERE final_entities.entity_id = $1::TEXT
