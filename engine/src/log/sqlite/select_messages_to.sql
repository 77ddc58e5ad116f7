SELECT dossier_id, message_id, addressee, kind, task, sequence
  FROM outbox
 WHERE addressee = ?1 AND message_id > ?2
 ORDER BY message_id
 LIMIT ?3
