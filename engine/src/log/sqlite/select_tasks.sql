SELECT dossier_id, task, office, status, turn, dispatch, due_at
  FROM tasks
 WHERE partition = ?1 AND dossier_id = ?2
 ORDER BY task
