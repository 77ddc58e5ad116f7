SELECT page.*
  FROM unnest($1::int[], $2::bigint[]) AS wanted (partition, after)
 CROSS JOIN LATERAL (
    SELECT partition, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
           payload::text AS payload, metadata::text AS metadata, command_id, recorded_at, hash
      FROM events
     WHERE events.partition = wanted.partition AND position > wanted.after
     ORDER BY position
     LIMIT $3
 ) AS page
 ORDER BY partition, position
