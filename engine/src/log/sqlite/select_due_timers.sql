SELECT dossier_id, timer, due_at
  FROM timers
 WHERE due_at <= ?1
 ORDER BY due_at, dossier_id, timer
 LIMIT ?2
