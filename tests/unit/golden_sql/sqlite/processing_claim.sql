UPDATE refresh_state SET due_at=:until, claim_id=:claim WHERE refresh_state.entity_id IN (SELECT refresh_state.entity_id
FROM refresh_state
WHERE refresh_state.due_at <= :now ORDER BY refresh_state.due_at
 LIMIT :limit OFFSET :param_1) RETURNING entity_id, entity_ref, unprocessed, unprocessed_hash, processed, result_hash, location_key, generation, due_at, claim_id, attempts, cause, caused_at, reconcile, commit_sha, author
