INSERT INTO dossiers (
    partition, dossier_id, code, group_name, group_version, account, status, submitted_at, sequence
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (partition, dossier_id) DO UPDATE SET
    code = excluded.code, group_name = excluded.group_name,
    group_version = excluded.group_version, account = excluded.account,
    status = excluded.status, submitted_at = excluded.submitted_at, sequence = excluded.sequence
