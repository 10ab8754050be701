WITH found AS MATERIALIZED
(SELECT event_queue.event_id AS event_id
FROM event_queue
WHERE event_queue.subscription = $3::TEXT AND event_queue.due_at <= $4::BIGINT ORDER BY event_queue.due_at
 LIMIT $5 FOR UPDATE SKIP LOCKED)
 UPDATE event_queue SET due_at=$1::BIGINT, claim_id=$2::TEXT WHERE event_queue.subscription = $3::TEXT AND event_queue.event_id IN (SELECT found.event_id
FROM found) RETURNING event_queue.event_id, event_queue.attempts
