CALL () {
  MATCH (n2:City)
  WITH n2, n2.nameSort AS k3
  ORDER BY k3, n2.id
  LIMIT $p1
  RETURN collect([[n2.id, coalesce(n2.nameEn, n2.nameSv, n2.nameFi)], [k3]]) AS x1
}
CALL () {
  MATCH (n5:City)
  RETURN count(*) AS x4
}
RETURN [x1, x4] AS answer
// $p1 = 11
