UPDATE heads SET epoch = epoch + 1, engine = ?3
 WHERE partition = ?1 AND epoch = ?2
RETURNING epoch, head
