SELECT dossier_id, code, group_name, group_version, account, status, submitted_at
  FROM dossiers
 WHERE code = $1
 ORDER BY dossier_id
 LIMIT 1
