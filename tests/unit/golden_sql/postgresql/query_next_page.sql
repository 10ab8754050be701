SELECT final_entities.entity, page.value, page.entity_id
FROM (SELECT sorted.value AS value, sorted.entity_id AS entity_id
FROM search AS sorted
WHERE sorted.key = $1::TEXT AND sorted.value IS NOT NULL AND (SELECT 1
FROM search AS search_1
WHERE search_1.entity_id = sorted.entity_id AND search_1.key = $2::TEXT AND search_1.value = $3::TEXT
 LIMIT 1) IS NOT NULL AND (sorted.value, sorted.entity_id) > ($4, $5) ORDER BY sorted.value ASC, sorted.entity_id ASC
 LIMIT $6) AS page JOIN final_entities ON final_entities.entity_id = page.entity_id ORDER BY page.value ASC, page.entity_id ASC
