SELECT page.*
  FROM unnest($1::int[]) AS wanted (partition)
 CROSS JOIN LATERAL (
    SELECT dossier_id, timer, due_at, person
      FROM timers
     WHERE timers.partition = wanted.partition AND due_at <= $2
     ORDER BY due_at, dossier_id, timer
     LIMIT $3
 ) AS page
 ORDER BY due_at, dossier_id, timer
