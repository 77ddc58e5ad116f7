SELECT heads.partition, heads.head, events.hash
  FROM heads LEFT JOIN events
    ON events.partition = heads.partition AND events.position = heads.head
 ORDER BY heads.partition
