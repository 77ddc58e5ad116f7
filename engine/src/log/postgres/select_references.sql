SELECT digest, kind, name, content
  FROM reference
 WHERE digest > $1
 ORDER BY digest
 LIMIT $2
