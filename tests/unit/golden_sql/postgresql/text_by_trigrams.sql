SELECT DISTINCT few.entity_id
FROM (SELECT texts.entity_id AS entity_id, texts.key AS key, texts.value AS value
FROM texts
WHERE texts.value LIKE $1::TEXT ESCAPE ''
 LIMIT ALL OFFSET 0) AS few
WHERE few.key = $2::TEXT AND few.value LIKE $1::TEXT ESCAPE ''
