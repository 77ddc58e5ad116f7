INSERT INTO deliveries (
    partition, message_id, office, dossier_id, kind, task, sequence, position, caused_at, state,
    attempts, next_at, last_failure, owner, delivered_at
)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, position, ?8, ?9, ?10, ?11, ?12, ?13, ?14
  FROM events
 WHERE aggregate_type = 'dossier' AND aggregate_id = ?4 AND sequence = ?7 AND partition = ?1
