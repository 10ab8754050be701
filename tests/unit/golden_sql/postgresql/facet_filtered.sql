SELECT count(*) AS n, min(facet.original_value) AS least, max(facet.original_value) AS most
FROM search AS facet
WHERE facet.key = $1::TEXT AND facet.original_value IS NOT NULL AND (EXISTS (SELECT 1
FROM search AS search_1
WHERE search_1.entity_id = facet.entity_id AND search_1.key = $2::TEXT AND search_1.value = $3::TEXT)) GROUP BY facet.value
