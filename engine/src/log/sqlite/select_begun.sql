SELECT position, aggregate_id
  FROM events
 WHERE partition = ?1 AND position > ?3 AND sequence = 1 AND aggregate_type = ?2
 ORDER BY position
 LIMIT ?4
