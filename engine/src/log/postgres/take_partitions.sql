WITH wanted AS (
    SELECT heads.partition
      FROM heads
      JOIN unnest($1::int[], $2::bigint[]) AS it (partition, epoch) USING (partition, epoch)
     ORDER BY heads.partition
       FOR UPDATE OF heads
)
UPDATE heads SET epoch = heads.epoch + 1, engine = $3
  FROM wanted
 WHERE heads.partition = wanted.partition
RETURNING heads.partition, heads.epoch, heads.head
