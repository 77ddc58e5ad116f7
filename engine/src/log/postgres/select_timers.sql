SELECT dossier_id, timer, due_at, person
  FROM timers
 WHERE partition = $1 AND dossier_id = $2
 ORDER BY due_at, timer
