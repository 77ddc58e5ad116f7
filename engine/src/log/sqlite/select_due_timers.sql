SELECT dossier_id, timer, due_at, person
  FROM timers
 WHERE partition = ?1 AND due_at <= ?2
 ORDER BY due_at, dossier_id, timer
 LIMIT ?3
