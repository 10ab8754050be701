SELECT count(*) AS n
FROM (SELECT search_1.entity_id AS entity_id
FROM search AS search_1
WHERE search_1.key = $1::TEXT AND search_1.value = $2::TEXT) AS firsts
WHERE EXISTS (SELECT 1
FROM texts AS texts_1
WHERE texts_1.entity_id = firsts.entity_id AND texts_1.key = $3::TEXT AND texts_1.kind = $4::TEXT AND texts_1.value LIKE $5::TEXT ESCAPE '')
