SELECT partition, sender, command_id, request_digest, outcome, recorded_at
  FROM receipts
 WHERE partition = ?1 AND sender = ?2 AND command_id = ?3
