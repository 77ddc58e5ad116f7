SELECT outbox.partition, position, message_id, dossier_id, addressee, kind, task, sequence,
       caused_at
  FROM unnest($1::int[], $2::bigint[], $3::bigint[]) AS wanted (partition, after, until)
  JOIN outbox ON outbox.partition = wanted.partition
   AND position > wanted.after AND position <= wanted.until
 WHERE addressee = ANY ($4)
 ORDER BY outbox.partition, position, message_id
