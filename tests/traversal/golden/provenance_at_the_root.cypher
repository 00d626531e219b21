MATCH (n1:City)
WITH n1
ORDER BY n1.id
LIMIT $p1
RETURN [collect([[n1.id, coalesce(n1.nameEn, n1.nameSv, n1.nameFi)]])] AS answer
// $p1 = 10
