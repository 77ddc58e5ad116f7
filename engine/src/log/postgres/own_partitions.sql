WITH owned AS (SELECT partition FROM heads ORDER BY partition FOR UPDATE)
UPDATE heads SET epoch = epoch + 1
  FROM owned
 WHERE heads.partition = owned.partition
RETURNING heads.partition, heads.epoch
