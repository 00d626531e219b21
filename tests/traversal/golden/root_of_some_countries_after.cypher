CALL () {
  UNWIND $p1 AS v2
  MATCH (n3:City)
  WHERE n3.country = v2 AND (n3.population >= $p2) AND (NOT (n3.population > $p3) AND (n3.population < $p3 OR (NOT (n3.nameSort < $p4) AND (n3.nameSort > $p4 OR NOT (n3.id <= $p5)))))
  WITH n3, n3.population AS k4, n3.nameSort AS k5
  ORDER BY k4 DESC, k5, n3.id
  LIMIT $p6
  RETURN collect([[n3.id, coalesce(n3.nameEn, n3.nameSv, n3.nameFi)]]) AS x1
}
CALL () {
  UNWIND $p7 AS v7
  MATCH (n8:City)
  WHERE n8.country = v7 AND (n8.population >= $p8)
  RETURN count(*) AS x6
}
RETURN [x1, x6] AS answer
// $p1 = ['FI', 'SE']
// $p2 = 10000
// $p3 = 20000
// $p4 = 'vantaa'
// $p5 = 'City:vantaa'
// $p6 = 3
// $p7 = ['FI', 'SE']
// $p8 = 10000
