SELECT count(*) AS n
FROM (SELECT search_1.entity_id AS entity_id
FROM search AS search_1
WHERE search_1.key = $1::TEXT AND search_1.value = $2::TEXT) AS firsts
