SELECT count(*) AS n, min(facet.original_value) AS least, max(facet.original_value) AS most
FROM search AS facet
WHERE facet.key = $1::TEXT AND facet.original_value IS NOT NULL GROUP BY facet.value
