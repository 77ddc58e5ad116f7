INSERT INTO receipts (partition, command_id, sender, request_digest, outcome, recorded_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT DO NOTHING
