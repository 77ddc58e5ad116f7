-- A whole batch, in one statement. The heads must stand where their owner left them, under its
-- epoch; where one does not, the division by zero at the end takes everything back.
WITH fence AS (
    UPDATE heads SET head = it.after
      FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[])
        AS it (partition, epoch, before, after)
     WHERE heads.partition = it.partition AND heads.epoch = it.epoch AND heads.head = it.before
    RETURNING heads.partition
), new_events AS (
    INSERT INTO events (
        aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
        partition, position, command_id, recorded_at, hash
    )
    SELECT aggregate_type, aggregate_id, sequence, event_type, event_version,
           payload::json, metadata::json, partition, position, command_id, recorded_at, hash
      FROM unnest(
        $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::text[], $11::text[],
        $12::int[], $13::bigint[], $14::uuid[], $15::timestamptz[], $16::bytea[]
      ) AS it (
        aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
        partition, position, command_id, recorded_at, hash
      )
), new_receipts AS (
    INSERT INTO receipts (partition, command_id, sender, request_digest, outcome, recorded_at)
    SELECT partition, command_id, sender, request_digest, outcome::json, recorded_at
      FROM unnest($17::int[], $18::uuid[], $19::text[], $20::bytea[], $21::text[], $22::timestamptz[])
        AS it (partition, command_id, sender, request_digest, outcome, recorded_at)
), changed_dossiers AS (
    INSERT INTO dossiers (
        partition, dossier_id, code, group_name, group_version, account, status, submitted_at
    )
    SELECT * FROM unnest(
        $23::int[], $24::text[], $25::text[], $26::text[], $27::text[], $28::text[], $29::int[],
        $30::bigint[]
    )
    ON CONFLICT (partition, dossier_id) DO UPDATE SET
        group_version = excluded.group_version, status = excluded.status
), changed_tasks AS (
    INSERT INTO tasks (partition, dossier_id, task, office, status, turn, dispatch, due_at)
    SELECT * FROM unnest(
        $31::int[], $32::text[], $33::text[], $34::text[], $35::text[], $36::text[], $37::text[],
        $38::bigint[]
    )
    ON CONFLICT (partition, dossier_id, task) DO UPDATE SET
        office = excluded.office, status = excluded.status, turn = excluded.turn,
        dispatch = excluded.dispatch, due_at = excluded.due_at
), ended_timers AS (
    DELETE FROM timers
     USING unnest($39::int[], $40::text[], $41::text[]) AS it (partition, dossier_id, timer)
     WHERE timers.partition = it.partition AND timers.dossier_id = it.dossier_id
       AND timers.timer = it.timer
), set_timers AS (
    INSERT INTO timers (partition, dossier_id, timer, due_at, person)
    SELECT * FROM unnest($42::int[], $43::text[], $44::text[], $45::bigint[], $46::text[])
    ON CONFLICT (partition, dossier_id, timer)
    DO UPDATE SET due_at = excluded.due_at, person = excluded.person
), new_messages AS (
    INSERT INTO outbox (
        partition, position, message_id, dossier_id, addressee, kind, task, sequence, caused_at
    )
    SELECT * FROM unnest(
        $47::int[], $48::bigint[], $49::text[], $50::text[], $51::text[], $52::text[], $53::text[],
        $54::bigint[], $55::bigint[]
    )
)
SELECT 1 / (count(*) = cardinality($1))::int AS fenced FROM fence
