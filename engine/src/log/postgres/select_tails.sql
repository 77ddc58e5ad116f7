SELECT stream.aggregate_type, stream.aggregate_id, last.sequence, last.recorded_at, last.hash
  FROM unnest($1::text[], $2::text[], $3::int[]) AS stream (aggregate_type, aggregate_id, partition)
 CROSS JOIN LATERAL (
    SELECT sequence, recorded_at, hash
      FROM events
     WHERE events.aggregate_type = stream.aggregate_type
       AND events.aggregate_id = stream.aggregate_id
       AND events.partition = stream.partition
     ORDER BY sequence DESC
     LIMIT 1
 ) AS last
