SELECT partition, position, message_id, dossier_id, office AS addressee, kind, task, sequence,
       caused_at, state, attempts, next_at, last_failure, owner, delivered_at
  FROM deliveries
 WHERE state = 'pending' AND office = ?1 AND next_at <= ?2
 ORDER BY next_at, message_id
 LIMIT ?3
