SELECT events.partition, position, events.aggregate_type, events.aggregate_id, sequence,
       event_type, event_version, payload::text AS payload, metadata::text AS metadata,
       command_id, recorded_at, hash
  FROM unnest($1::text[], $2::text[], $3::int[]) AS it (aggregate_type, aggregate_id, partition)
  JOIN events USING (aggregate_type, aggregate_id, partition)
 ORDER BY events.aggregate_type, events.aggregate_id, sequence
