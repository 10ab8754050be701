SELECT final_entities.entity
FROM final_entities
WHERE final_entities.entity_ref >= $1::TEXT AND final_entities.entity_ref < $2::TEXT AND (SELECT 1
FROM search AS search_1
WHERE search_1.entity_id = final_entities.entity_id AND search_1.key = $3::TEXT AND search_1.value = $4::TEXT
 LIMIT 1) IS NOT NULL ORDER BY final_entities.entity_ref
 LIMIT $5 OFFSET $6
