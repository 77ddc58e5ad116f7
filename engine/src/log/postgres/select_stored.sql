SELECT partition, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
       payload, metadata, command_id, recorded_at, hash
  FROM events
 WHERE partition = $1 AND position > $2
 ORDER BY position
 LIMIT $3
