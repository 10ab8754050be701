SELECT firsts.entity_id
FROM (SELECT DISTINCT texts_1.entity_id AS entity_id
FROM texts AS texts_1
WHERE texts_1.key = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))) AND texts_1.value LIKE $2::TEXT ESCAPE '') AS firsts
WHERE (SELECT 1
FROM search AS search_1
WHERE search_1.entity_id = firsts.entity_id AND search_1.key = $3::TEXT AND search_1.value = $4::TEXT
 LIMIT 1) IS NOT NULL
 LIMIT $5
