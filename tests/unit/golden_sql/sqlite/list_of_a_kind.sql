SELECT final_entities.entity
FROM final_entities
WHERE final_entities.entity_ref >= :first_ref AND final_entities.entity_ref < :end_ref ORDER BY final_entities.entity_ref
 LIMIT :limit OFFSET :offset
