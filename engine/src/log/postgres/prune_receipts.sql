DELETE FROM receipts
 USING (
    SELECT partition, command_id, sender
      FROM receipts
     WHERE partition = $1 AND command_id < $2
     LIMIT $3
 ) AS old
 WHERE receipts.partition = old.partition AND receipts.command_id = old.command_id
   AND receipts.sender = old.sender
   AND EXISTS (SELECT 1 FROM heads WHERE heads.partition = $1 AND heads.epoch = $4)
