SELECT search.value, search.original_value, search.entity_id
FROM search
WHERE search."key" = :key AND (search.value, search.entity_id) > (:after_value, :after_id) ORDER BY search.value, search.entity_id
 LIMIT :limit OFFSET :param_1
