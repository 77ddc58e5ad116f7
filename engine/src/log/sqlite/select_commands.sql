SELECT position, command_id
  FROM events
 WHERE partition = ?1 AND position > ?2
 ORDER BY position
 LIMIT ?3
