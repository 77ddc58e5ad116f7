SELECT partition, position, message_id, dossier_id, addressee, kind, task, sequence, caused_at
  FROM outbox
 WHERE partition = ?1 AND position > ?2 AND position <= ?3
   AND addressee IN (SELECT value FROM json_each(?4))
 ORDER BY position, message_id
