SELECT count(*) AS n, min(facet.original_value) AS least, max(facet.original_value) AS most
FROM search AS facet
WHERE facet."key" = :facet AND facet.original_value IS NOT NULL AND (EXISTS (SELECT 1
FROM search AS search_1
WHERE search_1.entity_id = facet.entity_id AND search_1."key" = :key_0 AND search_1.value = :value_0)) GROUP BY facet.value
