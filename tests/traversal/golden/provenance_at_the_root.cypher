MATCH (n1:City)
WITH n1
ORDER BY n1.id
LIMIT $p1
RETURN [collect([[n1.id, coalesce(n1.nameEn, n1.nameSv, n1.nameFi)]])] AS answer
// $p1 = 10

// As a part:
CALL () {
  MATCH (n2:City)
  WITH n2
  ORDER BY n2.id
  LIMIT $p1
  RETURN collect([[n2.id, coalesce(n2.nameEn, n2.nameSv, n2.nameFi)]]) AS x1
}
RETURN [x1] AS answer
