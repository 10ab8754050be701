SELECT final_entities.entity
FROM final_entities
WHERE final_entities.entity_ref >= :first_ref AND final_entities.entity_ref < :end_ref AND (EXISTS (SELECT 1
FROM search AS search_1
WHERE search_1.entity_id = final_entities.entity_id AND search_1."key" = :key_0 AND search_1.value = :value_0)) ORDER BY final_entities.entity_ref
 LIMIT :limit OFFSET :offset
