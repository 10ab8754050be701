SELECT search.value, search.original_value, search.entity_id
FROM search
WHERE search.key = $1::TEXT AND search.value IS NULL AND search.entity_id > $2::TEXT ORDER BY search.entity_id
 LIMIT $3
