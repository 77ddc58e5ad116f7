INSERT INTO outbox (
    partition, position, message_id, dossier_id, addressee, kind, task, sequence, caused_at
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
