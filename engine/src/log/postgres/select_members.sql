SELECT engine, address, beat, EXISTS (
    SELECT FROM pg_stat_activity WHERE application_name = $1 || engine::text
 ) AS is_connected
  FROM engines
 ORDER BY engine
