SELECT final_entities.entity
FROM final_entities
WHERE final_entities.entity_ref = :ref
