INSERT INTO receipts (partition, sender, command_id, request_digest, outcome, recorded_at)
SELECT partition, sender, command_id, request_digest, outcome::json, recorded_at
  FROM unnest($1::int[], $2::text[], $3::uuid[], $4::bytea[], $5::text[], $6::timestamptz[])
    AS it (partition, sender, command_id, request_digest, outcome, recorded_at)
ON CONFLICT DO NOTHING
RETURNING partition, sender, command_id
