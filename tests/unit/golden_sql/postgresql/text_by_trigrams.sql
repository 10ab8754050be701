SELECT DISTINCT texts.entity_id
FROM texts
WHERE texts.key = $1::TEXT AND texts.value LIKE $2::TEXT ESCAPE ''
