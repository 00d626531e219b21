MATCH (n1:City)
WHERE (NOT (n1.nameSort < $p1) AND (n1.nameSort > $p1 OR NOT (n1.id <= $p2)))
WITH n1, n1.nameSort AS k2
ORDER BY k2, n1.id
LIMIT $p3
RETURN [collect([[n1.id, coalesce(n1.nameEn, n1.nameSv, n1.nameFi)]])] AS answer
// $p1 = 'vantaa'
// $p2 = 'City:vantaa'
// $p3 = 3

// As a part:
CALL () {
  MATCH (n2:City)
  WHERE (NOT (n2.nameSort < $p1) AND (n2.nameSort > $p1 OR NOT (n2.id <= $p2)))
  WITH n2, n2.nameSort AS k3
  ORDER BY k3, n2.id
  LIMIT $p3
  RETURN collect([[n2.id, coalesce(n2.nameEn, n2.nameSv, n2.nameFi)]]) AS x1
}
RETURN [x1] AS answer
