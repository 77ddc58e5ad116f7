INSERT INTO timers (partition, dossier_id, timer, due_at, person)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (partition, dossier_id, timer)
DO UPDATE SET due_at = excluded.due_at, person = excluded.person
