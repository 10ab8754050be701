SELECT of_entities.key, of_entities.value, of_entities.original_value, of_entities.entity_id
FROM (SELECT search.key AS key, search.value AS value, search.original_value AS original_value, search.entity_id AS entity_id
FROM search
WHERE search.entity_id = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST($1 AS jsonb))))
 LIMIT ALL OFFSET 0) AS of_entities
WHERE of_entities.key = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST($2 AS jsonb))))
