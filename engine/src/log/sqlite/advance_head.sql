UPDATE heads SET head = head + ?3
 WHERE partition = ?1 AND epoch = ?2
RETURNING head
