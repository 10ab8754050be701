SELECT changes.sequence, changes.at, changes.entity_id
FROM changes
WHERE changes.sequence >= $1::BIGINT ORDER BY changes.sequence
 LIMIT $2
