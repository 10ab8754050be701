SELECT count(*) AS n
FROM (SELECT texts_1.entity_id AS entity_id
FROM texts AS texts_1
WHERE texts_1.key = $1::TEXT AND texts_1.kind = $2::TEXT AND texts_1.value LIKE $3::TEXT ESCAPE '') AS firsts
WHERE EXISTS (SELECT 1
FROM search AS search_1
WHERE search_1.entity_id = firsts.entity_id AND search_1.key = $4::TEXT AND search_1.value = $5::TEXT)
