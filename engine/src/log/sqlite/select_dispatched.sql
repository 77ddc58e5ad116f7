SELECT office, day, outcome, count(*) AS count
  FROM (
    SELECT outbox.addressee AS office, (outbox.caused_at + ?4) / 86400000000 AS day,
           CASE
             WHEN deliveries.state = 'delivered' THEN 'delivered'
             WHEN tasks.status = 'dispatched' AND tasks.dispatch = outbox.message_id
               THEN coalesce(deliveries.state, 'pending')
             WHEN tasks.status = 'withdrawn' AND NOT EXISTS (
               SELECT 1 FROM events
                WHERE aggregate_type = 'dossier' AND aggregate_id = outbox.dossier_id
                  AND events.partition = outbox.partition AND event_type = 'task_acknowledged'
                  AND json_extract(payload, '$.control.task') = outbox.task
             ) THEN 'recalled'
             ELSE 'delivered'
           END AS outcome
      FROM outbox
      JOIN tasks USING (partition, dossier_id, task)
      LEFT JOIN deliveries USING (partition, message_id)
     WHERE outbox.partition = ?1 AND outbox.caused_at >= ?2 AND outbox.caused_at < ?3
       AND outbox.kind = 'dispatch'
  )
 GROUP BY office, day, outcome
 ORDER BY office, day, outcome
