INSERT INTO receipts (partition, sender, command_id, request_digest, outcome, recorded_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT DO NOTHING
