SELECT dossier_id, code, group_name, group_version, account, status, submitted_at
  FROM dossiers
 WHERE account = ?1 AND (submitted_at, dossier_id) < (?2, ?3)
 ORDER BY submitted_at DESC, dossier_id DESC
 LIMIT ?4
