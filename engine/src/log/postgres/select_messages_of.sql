SELECT dossier_id, message_id, addressee, kind, task, sequence
  FROM outbox
 WHERE partition = $1 AND dossier_id = $2
 ORDER BY sequence, message_id
