SELECT search."key", search.value, search.original_value, search.entity_id
FROM search INDEXED BY uq_search_entity_id_key_value
WHERE search.entity_id IN (SELECT value FROM json_each(:ids)) AND search."key" IN (SELECT value FROM json_each(:keys))
