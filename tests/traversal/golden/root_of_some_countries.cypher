MATCH (n1:City)
WHERE n1.country IN $p1 AND (n1.population >= $p2)
WITH n1, n1.population AS k2, n1.nameSort AS k3
ORDER BY k2 DESC, k3, n1.id
LIMIT $p3
RETURN [collect([[n1.id, coalesce(n1.nameEn, n1.nameSv, n1.nameFi), n1.population]])] AS answer
// $p1 = ['FI', 'SE']
// $p2 = 100000
// $p3 = 10

// As a part:
CALL () {
  UNWIND $p1 AS v2
  MATCH (n3:City)
  WHERE n3.country = v2 AND (n3.population >= $p2)
  WITH n3, n3.population AS k4, n3.nameSort AS k5
  ORDER BY k4 DESC, k5, n3.id
  LIMIT $p3
  RETURN collect([[n3.id, coalesce(n3.nameEn, n3.nameSv, n3.nameFi), n3.population]]) AS x1
}
RETURN [x1] AS answer
