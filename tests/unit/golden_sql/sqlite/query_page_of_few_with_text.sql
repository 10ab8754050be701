SELECT final_entities.entity, page.value, page.entity_id
FROM (SELECT sorted.value AS value, sorted.entity_id AS entity_id
FROM (SELECT final_entities.entity_id AS entity_id
FROM final_entities
WHERE final_entities.entity_id IN (SELECT value FROM json_each(:ids_0))) AS firsts JOIN search AS sorted INDEXED BY uq_search_entity_id_key_value ON sorted.entity_id = firsts.entity_id
WHERE sorted."key" = :order AND sorted.value IS NOT NULL AND (EXISTS (SELECT 1
FROM search AS search_1
WHERE search_1.entity_id = sorted.entity_id AND search_1."key" = :key_1 AND search_1.value = :value_1)) AND sorted.value LIKE :text ORDER BY sorted.value ASC, sorted.entity_id ASC
 LIMIT :limit OFFSET :offset) AS page JOIN final_entities ON final_entities.entity_id = page.entity_id ORDER BY page.value ASC, page.entity_id ASC
