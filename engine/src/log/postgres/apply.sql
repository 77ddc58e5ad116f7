-- Effects of subscriptions and attempts, in one statement. Partitions must be under their epochs and
-- checkpoints where they were left; where one is not, the division by zero takes everything back.
WITH fence AS (
    SELECT heads.partition
      FROM heads
      JOIN unnest($1::int[], $2::bigint[]) AS it (partition, epoch) USING (partition, epoch)
), moved AS (
    UPDATE subscriptions SET position = it.after
      FROM unnest($3::text[], $4::int[], $5::bigint[], $6::bigint[])
        AS it (name, partition, before, after)
     WHERE subscriptions.name = it.name AND subscriptions.partition = it.partition
       AND subscriptions.position = it.before AND NOT is_paused
    RETURNING 1
), new_deliveries AS (
    INSERT INTO deliveries (
        partition, message_id, office, dossier_id, kind, task, sequence, position, caused_at,
        state, attempts, next_at
    )
    SELECT *, 'pending', 0, caused_at
      FROM unnest(
        $7::int[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[],
        $14::bigint[], $15::bigint[]
      ) AS it (
        partition, message_id, office, dossier_id, kind, task, sequence, position, caused_at
      )
    ON CONFLICT DO NOTHING
), attempted AS (
    UPDATE deliveries SET attempts = attempts + 1, state = it.state, next_at = it.next_at,
           last_failure = it.failure, delivered_at = it.delivered_at
      FROM unnest(
        $16::int[], $17::text[], $18::bigint[], $19::text[], $20::bigint[], $21::text[],
        $22::bigint[]
      ) AS it (partition, message_id, before, state, next_at, failure, delivered_at)
     WHERE deliveries.partition = it.partition AND deliveries.message_id = it.message_id
       AND deliveries.attempts = it.before AND deliveries.state = 'pending'
), counted AS (
    INSERT INTO traffic (name, partition, office, day, fact, count)
    SELECT name, partition, office, day, fact, sum(count)::bigint
      FROM unnest($23::text[], $24::int[], $25::text[], $26::text[], $27::text[], $28::bigint[])
        AS it (name, partition, office, day, fact, count)
     GROUP BY name, partition, office, day, fact
    ON CONFLICT (name, partition, office, day, fact)
    DO UPDATE SET count = traffic.count + excluded.count
), newly_parked AS (
    INSERT INTO parked (
        name, partition, aggregate_type, aggregate_id, position, sequence, attempts, error_code
    )
    SELECT * FROM unnest(
        $29::text[], $30::int[], $31::text[], $32::text[], $33::bigint[], $34::bigint[],
        $35::bigint[], $36::text[]
    )
    ON CONFLICT (name, partition, aggregate_type, aggregate_id) DO UPDATE SET
        position = excluded.position, sequence = excluded.sequence, attempts = excluded.attempts,
        error_code = excluded.error_code, is_retried = false
), unparked AS (
    DELETE FROM parked
     USING unnest($37::text[], $38::int[], $39::text[], $40::text[])
        AS it (name, partition, aggregate_type, aggregate_id)
     WHERE parked.name = it.name AND parked.partition = it.partition
       AND parked.aggregate_type = it.aggregate_type AND parked.aggregate_id = it.aggregate_id
)
SELECT 1 / ((SELECT count(*) FROM fence) = cardinality($1)
            AND (SELECT count(*) FROM moved) = cardinality($3))::int AS done
