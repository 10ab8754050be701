SELECT final_entities.entity_ref, final_entities.entity
FROM final_entities
WHERE final_entities.entity_ref IN (SELECT value FROM json_each(:refs))
