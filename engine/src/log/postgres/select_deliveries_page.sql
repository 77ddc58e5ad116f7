SELECT partition, position, message_id, dossier_id, office AS addressee, kind, task, sequence,
       caused_at, state, attempts, next_at, last_failure, owner, delivered_at
  FROM deliveries
 WHERE partition = $1 AND message_id > $2
 ORDER BY message_id
 LIMIT $3
