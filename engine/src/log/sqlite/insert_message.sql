INSERT INTO outbox (partition, dossier_id, message_id, addressee, kind, task, sequence)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT DO NOTHING
