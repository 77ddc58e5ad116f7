SELECT partition, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
       payload, metadata, command_id, recorded_at, hash
  FROM events
 WHERE partition = $1 AND aggregate_type = $2 AND aggregate_id = ANY ($3::text[])
 ORDER BY aggregate_id, sequence
