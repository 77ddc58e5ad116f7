SELECT partition, position, message_id, dossier_id, office AS addressee, kind, task, sequence, caused_at,
       state, attempts, next_at, last_failure, owner, delivered_at
  FROM deliveries
 WHERE office = coalesce($1, office) AND state = coalesce($2, state) AND message_id > $3
 ORDER BY message_id
 LIMIT $4
