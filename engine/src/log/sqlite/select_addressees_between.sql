SELECT DISTINCT addressee
  FROM outbox
 WHERE partition = ?1 AND position > ?2 AND position <= ?3
