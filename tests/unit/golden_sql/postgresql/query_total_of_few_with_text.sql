SELECT count(*) AS n
FROM (SELECT final_entities.entity_id AS entity_id
FROM final_entities
WHERE final_entities.entity_id = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST($1 AS jsonb))))) AS firsts
WHERE (SELECT 1
FROM search AS search_1
WHERE search_1.entity_id = firsts.entity_id AND search_1.key = $2::TEXT AND search_1.value = $3::TEXT
 LIMIT 1) IS NOT NULL
