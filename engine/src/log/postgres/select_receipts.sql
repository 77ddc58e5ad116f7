SELECT partition, command_id, sender, request_digest, outcome::text AS outcome, recorded_at
  FROM unnest($1::int[], $2::uuid[], $3::text[]) AS it (partition, command_id, sender)
  JOIN receipts USING (partition, command_id, sender)
