SELECT dossier_id, code, group_name, group_version, account, status, submitted_at
  FROM dossiers
 WHERE partition = $1 AND dossier_id = $2
