-- Effects of subscriptions and attempts, in one statement. Partitions must be under their epochs,
-- checkpoints where their owner left them, and what was retried as it was; where one is not, the
-- division by zero takes everything back.
WITH fence AS (
    SELECT heads.partition
      FROM heads
      JOIN unnest($1::int[], $2::bigint[]) AS it (partition, epoch) USING (partition, epoch)
), moved AS (
    UPDATE subscriptions SET position = it.after
      FROM unnest($3::text[], $4::int[], $5::bigint[], $6::bigint[], $7::bigint[])
        AS it (name, partition, before, after, epoch)
     WHERE subscriptions.name = it.name AND subscriptions.partition = it.partition
       AND subscriptions.position = it.before AND subscriptions.epoch = it.epoch
       AND NOT is_paused
    RETURNING 1
), new_deliveries AS (
    INSERT INTO deliveries (
        partition, message_id, office, dossier_id, kind, task, sequence, position, caused_at,
        state, attempts, next_at
    )
    SELECT *, 'pending', 0, caused_at
      FROM unnest(
        $8::int[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::bigint[],
        $15::bigint[], $16::bigint[]
      ) AS it (
        partition, message_id, office, dossier_id, kind, task, sequence, position, caused_at
      )
    ON CONFLICT DO NOTHING
), attempted AS (
    UPDATE deliveries SET attempts = attempts + 1, state = it.state, next_at = it.next_at,
           last_failure = it.failure, delivered_at = it.delivered_at
      FROM unnest(
        $17::int[], $18::text[], $19::bigint[], $20::text[], $21::bigint[], $22::text[],
        $23::bigint[]
      ) AS it (partition, message_id, before, state, next_at, failure, delivered_at)
     WHERE deliveries.partition = it.partition AND deliveries.message_id = it.message_id
       AND deliveries.attempts = it.before AND deliveries.state = 'pending'
), counted AS (
    INSERT INTO traffic (name, partition, office, day, fact, count)
    SELECT name, partition, office, day, fact, sum(count)::bigint
      FROM unnest($24::text[], $25::int[], $26::text[], $27::text[], $28::text[], $29::bigint[])
        AS it (name, partition, office, day, fact, count)
     GROUP BY name, partition, office, day, fact
    ON CONFLICT (name, partition, office, day, fact)
    DO UPDATE SET count = traffic.count + excluded.count
), newly_parked AS (
    INSERT INTO parked (
        name, partition, aggregate_type, aggregate_id, position, sequence, attempts, error_code
    )
    SELECT * FROM unnest(
        $30::text[], $31::int[], $32::text[], $33::text[], $34::bigint[], $35::bigint[],
        $36::bigint[], $37::text[]
    )
), retried AS (
    SELECT * FROM unnest(
        $38::text[], $39::int[], $40::text[], $41::text[], $42::bigint[], $43::bigint[],
        $44::bigint[], $45::bigint[], $46::text[]
    ) AS it (
        name, partition, aggregate_type, aggregate_id, before, position, sequence, attempts,
        error_code
    )
), parked_again AS (
    UPDATE parked SET position = it.position, sequence = it.sequence, attempts = it.attempts,
           error_code = it.error_code, is_retried = false
      FROM retried AS it
     WHERE (parked.name, parked.partition, parked.aggregate_type, parked.aggregate_id)
         = (it.name, it.partition, it.aggregate_type, it.aggregate_id)
       AND parked.position = it.before AND it.position IS NOT NULL
    RETURNING 1
), unparked AS (
    DELETE FROM parked USING retried AS it
     WHERE (parked.name, parked.partition, parked.aggregate_type, parked.aggregate_id)
         = (it.name, it.partition, it.aggregate_type, it.aggregate_id)
       AND parked.position = it.before AND it.position IS NULL
    RETURNING 1
)
SELECT 1 / ((SELECT count(*) FROM fence) = cardinality($1)
            AND (SELECT count(*) FROM moved) = cardinality($3)
            AND (SELECT count(*) FROM parked_again) + (SELECT count(*) FROM unparked)
              = cardinality($38))::int AS done
