SELECT changes.sequence, changes.entity_ref, changes.entity_id, changes.action, changes.paths, changes.at, changes.cause, changes.caused_at, changes.reconcile, changes.commit_sha, changes.author
FROM changes
WHERE changes.sequence < :before AND changes.sequence > :since ORDER BY changes.sequence DESC
 LIMIT :limit OFFSET :param_1
