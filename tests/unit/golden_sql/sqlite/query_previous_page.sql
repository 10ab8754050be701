SELECT final_entities.entity, page.value, page.entity_id
FROM (SELECT sorted.value AS value, sorted.entity_id AS entity_id
FROM search AS sorted
WHERE sorted."key" = :order AND sorted.value IS NOT NULL AND (EXISTS (SELECT 1
FROM search AS search_1
WHERE search_1.entity_id = sorted.entity_id AND search_1."key" = :key_0 AND search_1.value = :value_0)) AND (sorted.value, sorted.entity_id) < (:after_value, :after_uid) ORDER BY sorted.value DESC, sorted.entity_id DESC
 LIMIT :limit OFFSET :param_1) AS page JOIN final_entities ON final_entities.entity_id = page.entity_id ORDER BY page.value DESC, page.entity_id DESC
