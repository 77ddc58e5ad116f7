SELECT partition, position, message_id, dossier_id, office AS addressee, kind, task, sequence,
       caused_at, state, attempts, next_at, last_failure, owner, delivered_at
  FROM deliveries
 WHERE state = ?1 AND office = coalesce(?2, office) AND (office, message_id) > (?3, ?4)
 ORDER BY office, message_id
 LIMIT ?5
