UPDATE event_queue SET due_at=:lease, claim_id=:claim WHERE event_queue.subscription = :subscription AND event_queue.event_id IN (SELECT event_queue.event_id
FROM event_queue
WHERE event_queue.subscription = :subscription AND event_queue.due_at <= :now ORDER BY event_queue.due_at
 LIMIT :limit OFFSET :param_1) RETURNING event_id, attempts
