SELECT page.*
  FROM unnest($2::text[]) AS wanted (status)
 CROSS JOIN LATERAL (
    SELECT dossier_id, task, office, status, turn, dispatch, due_at
      FROM tasks
     WHERE office = $1 AND tasks.status = wanted.status AND turn IN ('agency', 'applicant', 'correction', 'person', 'system')
       AND (coalesce(due_at, 9223372036854775807), dossier_id, task) > ($3, $4, $5)
     ORDER BY coalesce(due_at, 9223372036854775807), dossier_id, task
     LIMIT $6
 ) AS page
