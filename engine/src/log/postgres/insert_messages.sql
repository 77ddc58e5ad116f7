INSERT INTO outbox (partition, dossier_id, message_id, addressee, kind, task, sequence)
SELECT * FROM unnest(
    $1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[]
)
ON CONFLICT DO NOTHING
