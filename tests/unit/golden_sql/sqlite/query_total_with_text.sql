SELECT count(*) AS n
FROM (SELECT texts_1.entity_id AS entity_id
FROM texts AS texts_1
WHERE texts_1."key" = :key_0 AND texts_1.kind = :kind_0 AND texts_1.value LIKE :pattern_0) AS firsts
WHERE firsts.entity_id IN (SELECT search_1.entity_id
FROM search AS search_1
WHERE search_1."key" = :key_1 AND search_1.value = :value_1)
