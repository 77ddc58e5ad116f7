WITH left_out AS (
    INSERT INTO skipped
    SELECT name, partition, aggregate_type, aggregate_id, position, $3, $4, $5
      FROM parked
     WHERE name = $1 AND aggregate_id = $2
)
UPDATE parked SET position = position + 1, is_retried = true
 WHERE name = $1 AND aggregate_id = $2
