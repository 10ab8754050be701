SELECT count(*) AS n
FROM (SELECT search_1.entity_id AS entity_id
FROM search AS search_1
WHERE search_1."key" = :key_0 AND search_1.value = :value_0) AS firsts
