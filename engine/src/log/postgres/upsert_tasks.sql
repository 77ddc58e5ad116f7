INSERT INTO tasks (
    partition, dossier_id, task, office, status, turn, dispatch, due_at, sequence
)
SELECT * FROM unnest(
    $1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::bigint[], $9::bigint[]
)
ON CONFLICT (partition, dossier_id, task) DO UPDATE SET
    office = excluded.office, status = excluded.status, turn = excluded.turn,
    dispatch = excluded.dispatch, due_at = excluded.due_at, sequence = excluded.sequence
