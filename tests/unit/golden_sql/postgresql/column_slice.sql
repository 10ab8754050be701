SELECT search.value, search.original_value, search.entity_id
FROM search
WHERE search.key = $1::TEXT AND (search.value, search.entity_id) > ($2, $3) ORDER BY search.value, search.entity_id
 LIMIT $4
