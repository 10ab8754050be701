SELECT search.value, search.original_value, search.entity_id
FROM search
WHERE search."key" = :key AND search.value IS NULL AND search.entity_id > :after_id ORDER BY search.entity_id
 LIMIT :limit OFFSET :param_1
