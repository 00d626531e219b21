CALL () {
  MATCH (n2:City)
  WHERE (NOT (n2.id <= $p1)) AND (NOT (n2.id >= $p2))
  WITH n2
  ORDER BY n2.id
  LIMIT $p3
  RETURN collect([[n2.id]]) AS x1
}
CALL () {
  MATCH (n4:City)
  WHERE (NOT (n4.id > $p4))
  WITH 1 AS one LIMIT 1
  RETURN count(*) AS x3
}
CALL () {
  MATCH (n6:City)
  WHERE (NOT (n6.id < $p5))
  WITH 1 AS one LIMIT 1
  RETURN count(*) AS x5
}
RETURN [x1, x3, x5] AS answer
// $p1 = 'City:a'
// $p2 = 'City:z'
// $p3 = 4
// $p4 = 'City:a'
// $p5 = 'City:z'
