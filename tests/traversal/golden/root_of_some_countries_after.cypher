CALL () {
  UNWIND $p1 AS v2
  MATCH (n3:City)
  WHERE n3.country = v2 AND (n3.population >= $p2)
  RETURN collect(n3) AS f1
}
CALL (f1) {
  UNWIND f1 AS n3
  WITH n3 WHERE (n3.population <= $p3 AND (n3.population < $p3 OR (n3.nameSort >= $p4 AND (n3.nameSort > $p4 OR n3.id > $p5))))
  WITH n3, n3.population AS k5, n3.nameSort AS k6
  ORDER BY k5 DESC, k6, n3.id
  LIMIT $p6
  RETURN collect([[n3.id, coalesce(n3.nameEn, n3.nameSv, n3.nameFi)]]) AS x4
}
RETURN [x4, size(f1)] AS answer
// $p1 = ['FI', 'SE']
// $p2 = 10000
// $p3 = 20000
// $p4 = 'vantaa'
// $p5 = 'City:vantaa'
// $p6 = 3
