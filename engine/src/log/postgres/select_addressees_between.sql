SELECT DISTINCT addressee
  FROM unnest($1::int[], $2::bigint[], $3::bigint[]) AS wanted (partition, after, until)
  JOIN outbox ON outbox.partition = wanted.partition
   AND position > wanted.after AND position <= wanted.until
