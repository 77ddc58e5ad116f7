SELECT command_id, sender, request_digest, outcome, recorded_at
  FROM receipts
 WHERE partition = ?1 AND (command_id, sender) > (?2, ?3)
 ORDER BY command_id, sender
 LIMIT ?4
