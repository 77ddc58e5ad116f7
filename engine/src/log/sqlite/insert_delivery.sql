INSERT INTO deliveries (
    partition, message_id, office, dossier_id, kind, task, sequence, position, caused_at, state,
    attempts, next_at
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'pending', 0, ?9)
ON CONFLICT DO NOTHING
