SELECT partition, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
       payload, metadata, command_id, recorded_at, hash
  FROM events
 WHERE aggregate_type = ?1 AND aggregate_id = ?2
 ORDER BY sequence
