-- What is indexed never changes after the submission: to set it again would write its indexes again.
INSERT INTO dossiers (
    partition, dossier_id, code, group_name, group_version, account, status, submitted_at
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (partition, dossier_id) DO UPDATE SET
    group_version = excluded.group_version, status = excluded.status
