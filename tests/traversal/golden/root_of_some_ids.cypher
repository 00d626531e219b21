CALL () {
  UNWIND $p1 AS v2
  MATCH (n3:City)
  WHERE n3.id = v2
  WITH n3
  ORDER BY n3.id
  LIMIT $p2
  RETURN collect([[n3.id, coalesce(n3.nameEn, n3.nameSv, n3.nameFi)]]) AS x1
}
CALL () {
  UNWIND $p3 AS v5
  MATCH (n6:City)
  WHERE n6.id = v5
  RETURN count(*) AS x4
}
RETURN [x1, x4] AS answer
// $p1 = ['City:vantaa', 'City:oslo']
// $p2 = 10
// $p3 = ['City:vantaa', 'City:oslo']
