SELECT final_entities.entity
FROM final_entities
WHERE final_entities.entity_ref >= $1::TEXT AND final_entities.entity_ref < $2::TEXT ORDER BY final_entities.entity_ref
 LIMIT $3 OFFSET $4
