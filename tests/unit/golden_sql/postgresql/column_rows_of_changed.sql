SELECT search.key, search.value, search.original_value, search.entity_id
FROM search
WHERE search.entity_id = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))) AND search.key = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST($2 AS jsonb))))
