SELECT dossier_id, timer, due_at, person
  FROM timers
 WHERE person = $1
 ORDER BY due_at, dossier_id, timer
 LIMIT $2
