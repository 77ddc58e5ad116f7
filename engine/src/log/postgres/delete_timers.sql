DELETE FROM timers
 USING unnest($1::int[], $2::text[]) AS it (partition, dossier_id)
 WHERE timers.partition = it.partition AND timers.dossier_id = it.dossier_id
