SELECT dossier_id, task, office, status, turn, dispatch, due_at
  FROM tasks
 WHERE office = ?1 AND status = ?2
   AND turn <> 'earlier' AND turn <> 'nobody' AND turn <> 'time'
   AND (coalesce(due_at, 9223372036854775807), dossier_id, task) > (?3, ?4, ?5)
 ORDER BY coalesce(due_at, 9223372036854775807), dossier_id, task
 LIMIT ?6
