SELECT final_entities.entity, page.value, page.entity_id
FROM (SELECT sorted.value AS value, sorted.entity_id AS entity_id
FROM (SELECT search_1.entity_id AS entity_id
FROM search AS search_1
WHERE search_1.key = $1::TEXT AND search_1.value = $2::TEXT) AS firsts JOIN search AS sorted ON sorted.entity_id = firsts.entity_id
WHERE sorted.key = $3::TEXT AND sorted.value IS NOT NULL ORDER BY sorted.value ASC, sorted.entity_id ASC
 LIMIT $4 OFFSET $5) AS page JOIN final_entities ON final_entities.entity_id = page.entity_id ORDER BY page.value ASC, page.entity_id ASC
