SELECT dossier_id, task, office, status, turn, dispatch, due_at
  FROM tasks
 WHERE office = ?1 AND status = ?2 AND turn IN ('agency', 'applicant', 'correction', 'person', 'system')
   AND (coalesce(due_at, 9223372036854775807), dossier_id, task) > (?3, ?4, ?5)
 ORDER BY coalesce(due_at, 9223372036854775807), dossier_id, task
 LIMIT ?6
