INSERT INTO timers (partition, dossier_id, timer, due_at)
SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::bigint[])
