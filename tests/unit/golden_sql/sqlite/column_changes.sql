SELECT changes.sequence, changes.at, changes.entity_id
FROM changes
WHERE changes.sequence >= :since ORDER BY changes.sequence
 LIMIT :limit OFFSET :param_1
