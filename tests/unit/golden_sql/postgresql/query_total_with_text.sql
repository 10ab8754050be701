SELECT count(*) AS n
FROM (SELECT DISTINCT search_1.entity_id AS entity_id
FROM search AS search_1
WHERE search_1.key = $1::TEXT AND search_1.value LIKE $2::TEXT ESCAPE '') AS firsts
