WITH wanted AS (
    SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[]) AS it (partition, epoch, n)
), locked AS (
    SELECT heads.partition, wanted.n
      FROM heads JOIN wanted USING (partition, epoch)
     ORDER BY heads.partition
       FOR UPDATE OF heads
)
UPDATE heads SET head = heads.head + locked.n
  FROM locked
 WHERE heads.partition = locked.partition
RETURNING heads.partition, heads.head
