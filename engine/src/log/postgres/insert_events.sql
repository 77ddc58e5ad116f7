INSERT INTO events (
    aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
    partition, position, command_id, recorded_at, hash
)
SELECT aggregate_type, aggregate_id, sequence, event_type, event_version,
       payload::json, metadata::json, partition, position, command_id, recorded_at, hash
  FROM unnest(
    $1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::int[], $9::bigint[], $10::uuid[], $11::timestamptz[], $12::bytea[]
  ) AS it (
    aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
    partition, position, command_id, recorded_at, hash
  )
