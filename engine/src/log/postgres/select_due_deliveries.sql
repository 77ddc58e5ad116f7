WITH RECURSIVE offices (office) AS (
    SELECT min(office) FROM deliveries WHERE state = 'pending'
    UNION ALL
    SELECT (SELECT min(office) FROM deliveries
             WHERE state = 'pending' AND deliveries.office > offices.office)
      FROM offices
     WHERE offices.office IS NOT NULL
)
SELECT page.*
  FROM offices
 CROSS JOIN LATERAL (
    SELECT partition, position, message_id, dossier_id, office AS addressee, kind, task, sequence,
           caused_at, state, attempts, next_at, last_failure, owner, delivered_at
      FROM deliveries
     WHERE state = 'pending' AND office = offices.office AND next_at <= $2
       AND partition = ANY ($1)
     ORDER BY next_at, message_id
     LIMIT $3
 ) AS page
 WHERE offices.office IS NOT NULL
