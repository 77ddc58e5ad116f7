INSERT INTO dossiers (
    partition, dossier_id, code, group_name, group_version, account, status, submitted_at, sequence
)
SELECT * FROM unnest(
    $1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[],
    $8::bigint[], $9::bigint[]
)
ON CONFLICT (partition, dossier_id) DO UPDATE SET
    code = excluded.code, group_name = excluded.group_name,
    group_version = excluded.group_version, account = excluded.account,
    status = excluded.status, submitted_at = excluded.submitted_at, sequence = excluded.sequence
