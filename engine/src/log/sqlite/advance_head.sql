UPDATE heads SET head = ?4
 WHERE partition = ?1 AND epoch = ?2 AND head = ?3
