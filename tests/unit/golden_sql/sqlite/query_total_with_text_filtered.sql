SELECT count(*) AS n
FROM (SELECT search_1.entity_id AS entity_id
FROM search AS search_1
WHERE search_1."key" = :key_0 AND search_1.value = :value_0) AS firsts
WHERE EXISTS (SELECT 1
FROM texts AS texts_1
WHERE texts_1.entity_id = firsts.entity_id AND texts_1."key" = :key_1 AND texts_1.kind = :kind_1 AND texts_1.value LIKE :pattern_1)
