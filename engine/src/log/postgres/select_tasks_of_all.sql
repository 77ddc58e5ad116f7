SELECT dossier_id, task, office, status, turn, dispatch, due_at
  FROM unnest($1::int[], $2::text[]) AS it (partition, dossier_id)
  JOIN tasks USING (partition, dossier_id)
