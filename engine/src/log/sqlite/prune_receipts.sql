DELETE FROM receipts
 WHERE (partition, command_id, sender) IN (
    SELECT partition, command_id, sender
      FROM receipts
     WHERE partition = ?1 AND command_id < ?2
     LIMIT ?3
 )
