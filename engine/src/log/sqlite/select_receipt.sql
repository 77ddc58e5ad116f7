SELECT partition, command_id, sender, request_digest, outcome, recorded_at
  FROM receipts
 WHERE partition = ?1 AND command_id = ?2 AND sender = ?3
