SELECT final_entities.entity, page.value, page.entity_id
FROM (SELECT sorted.value AS value, sorted.entity_id AS entity_id
FROM (SELECT final_entities.entity_id AS entity_id
FROM final_entities
WHERE final_entities.entity_id = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST($1 AS jsonb))))) AS firsts JOIN search AS sorted ON sorted.entity_id = firsts.entity_id
WHERE sorted.key = $2::TEXT AND sorted.value IS NOT NULL AND (SELECT 1
FROM search AS search_1
WHERE search_1.entity_id = sorted.entity_id AND search_1.key = $3::TEXT AND search_1.value = $4::TEXT
 LIMIT 1) IS NOT NULL AND sorted.value LIKE $5::TEXT ESCAPE '' ORDER BY sorted.value ASC, sorted.entity_id ASC
 LIMIT $6 OFFSET $7) AS page JOIN final_entities ON final_entities.entity_id = page.entity_id ORDER BY page.value ASC, page.entity_id ASC
