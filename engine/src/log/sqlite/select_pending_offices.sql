WITH RECURSIVE offices (office) AS (
    SELECT min(office) FROM deliveries WHERE state = 'pending'
    UNION ALL
    SELECT (SELECT min(office) FROM deliveries
             WHERE state = 'pending' AND deliveries.office > offices.office)
      FROM offices
     WHERE offices.office IS NOT NULL
)
SELECT office FROM offices WHERE office IS NOT NULL
