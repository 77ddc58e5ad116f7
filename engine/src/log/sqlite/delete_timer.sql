DELETE FROM timers
 WHERE partition = ?1 AND dossier_id = ?2 AND timer = ?3
