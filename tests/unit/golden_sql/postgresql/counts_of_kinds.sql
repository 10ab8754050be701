SELECT (SELECT search_1.original_value
FROM search AS search_1
WHERE search_1.key = 'kind' AND search_1.value = anon_1.value
 LIMIT 1) AS kind, anon_1.n
FROM (SELECT search.value AS value, count(*) AS n
FROM search
WHERE search.key = 'kind' AND search.value IS NOT NULL GROUP BY search.value) AS anon_1 ORDER BY anon_1.n DESC, anon_1.value
