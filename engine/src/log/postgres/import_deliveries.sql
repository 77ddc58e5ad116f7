INSERT INTO deliveries (
    partition, message_id, office, dossier_id, kind, task, sequence, position, caused_at, state,
    attempts, next_at, last_failure, owner, delivered_at
)
SELECT it.partition, message_id, office, dossier_id, kind, task, it.sequence, position, caused_at,
       state, attempts, next_at, last_failure, owner, delivered_at
  FROM unnest(
    $1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
    $8::bigint[], $9::text[], $10::bigint[], $11::bigint[], $12::text[], $13::text[], $14::bigint[]
  ) AS it (
    partition, message_id, office, dossier_id, kind, task, sequence, caused_at, state, attempts,
    next_at, last_failure, owner, delivered_at
  )
  JOIN events
    ON aggregate_type = 'dossier' AND aggregate_id = dossier_id
   AND events.sequence = it.sequence AND events.partition = it.partition
