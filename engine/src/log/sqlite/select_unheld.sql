SELECT DISTINCT dossier_id
  FROM tasks AS waiting
 WHERE turn <> 'nobody'
   AND (NOT EXISTS (SELECT 1 FROM timers
                     WHERE timers.partition = waiting.partition
                       AND timers.dossier_id = waiting.dossier_id)
     OR NOT EXISTS (SELECT 1 FROM tasks AS held
                     WHERE held.partition = waiting.partition
                       AND held.dossier_id = waiting.dossier_id
                       AND held.turn NOT IN ('nobody', 'earlier')))
 ORDER BY dossier_id
 LIMIT ?1
