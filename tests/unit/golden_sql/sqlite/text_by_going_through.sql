SELECT firsts.entity_id
FROM (SELECT DISTINCT texts_1.entity_id AS entity_id
FROM texts AS texts_1
WHERE texts_1."key" IN (SELECT value FROM json_each(:keys_0)) AND texts_1.value LIKE :pattern_0) AS firsts
WHERE EXISTS (SELECT 1
FROM search AS search_1
WHERE search_1.entity_id = firsts.entity_id AND search_1."key" = :key_1 AND search_1.value = :value_1)
 LIMIT :few OFFSET :param_1
