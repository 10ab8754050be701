WITH found AS MATERIALIZED
(SELECT refresh_state.entity_id AS entity_id
FROM refresh_state
WHERE refresh_state.due_at <= $3::BIGINT ORDER BY refresh_state.due_at
 LIMIT $4 FOR UPDATE SKIP LOCKED)
 UPDATE refresh_state SET due_at=$1::BIGINT, claim_id=$2::TEXT WHERE refresh_state.entity_id IN (SELECT found.entity_id
FROM found) RETURNING refresh_state.entity_id, refresh_state.entity_ref, refresh_state.unprocessed, refresh_state.unprocessed_hash, refresh_state.processed, refresh_state.result_hash, refresh_state.location_key, refresh_state.generation, refresh_state.due_at, refresh_state.claim_id, refresh_state.attempts, refresh_state.cause, refresh_state.caused_at, refresh_state.reconcile, refresh_state.commit_sha, refresh_state.author
