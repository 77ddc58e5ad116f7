INSERT INTO receipts (partition, command_id, sender, request_digest, outcome, recorded_at)
SELECT partition, command_id, sender, request_digest, outcome::json, recorded_at
  FROM unnest($1::int[], $2::uuid[], $3::text[], $4::bytea[], $5::text[], $6::timestamptz[])
    AS it (partition, command_id, sender, request_digest, outcome, recorded_at)
    ON CONFLICT DO NOTHING
