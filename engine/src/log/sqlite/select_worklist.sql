SELECT dossier_id, task, office, status, turn, dispatch, due_at, sequence
  FROM tasks
 WHERE office = ?1
   AND status IN (SELECT value FROM json_each(?2))
   AND (coalesce(due_at, ?3), dossier_id, task) > (?4, ?5, ?6)
 ORDER BY coalesce(due_at, ?3), dossier_id, task
 LIMIT ?7
