INSERT INTO tasks (partition, dossier_id, task, office, status, turn, dispatch, due_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (partition, dossier_id, task) DO UPDATE SET
    office = excluded.office, status = excluded.status, turn = excluded.turn,
    dispatch = excluded.dispatch, due_at = excluded.due_at
