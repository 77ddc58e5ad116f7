SELECT it.aggregate_type, it.aggregate_id, (
    SELECT coalesce(max(sequence), 0)
      FROM events
     WHERE events.aggregate_type = it.aggregate_type AND events.aggregate_id = it.aggregate_id
       AND events.partition = it.partition
 ) AS sequence
  FROM unnest($1::text[], $2::text[], $3::int[]) AS it (aggregate_type, aggregate_id, partition)
