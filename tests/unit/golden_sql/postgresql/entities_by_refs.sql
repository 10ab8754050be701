SELECT final_entities.entity_ref, final_entities.entity
FROM final_entities
WHERE final_entities.entity_ref = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST($1 AS jsonb))))
