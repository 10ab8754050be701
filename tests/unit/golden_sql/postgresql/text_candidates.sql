SELECT count(*) AS n
FROM (SELECT texts.id AS id
FROM texts
WHERE texts.value LIKE $1::TEXT ESCAPE ''
 LIMIT $2) AS anon_1
