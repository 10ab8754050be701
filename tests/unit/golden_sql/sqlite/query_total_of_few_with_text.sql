SELECT count(*) AS n
FROM (SELECT final_entities.entity_id AS entity_id
FROM final_entities
WHERE final_entities.entity_id IN (SELECT value FROM json_each(:ids_0))) AS firsts
WHERE EXISTS (SELECT 1
FROM search AS search_1
WHERE search_1.entity_id = firsts.entity_id AND search_1."key" = :key_1 AND search_1.value = :value_1)
