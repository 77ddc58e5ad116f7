UPDATE deliveries SET attempts = attempts + 1, state = ?4, next_at = ?5, last_failure = ?6,
       delivered_at = ?7
 WHERE partition = ?1 AND message_id = ?2 AND attempts = ?3 AND state = 'pending'
