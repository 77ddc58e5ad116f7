SELECT partition, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
       payload::text AS payload, metadata::text AS metadata, command_id, recorded_at, hash
  FROM events
 WHERE aggregate_type = $1 AND aggregate_id = $2 AND partition = $3
 ORDER BY sequence
