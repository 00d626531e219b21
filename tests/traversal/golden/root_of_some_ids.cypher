CALL () {
  UNWIND $p1 AS v4
  MATCH (n5:City)
  WHERE n5.id = v4
  WITH collect([n5.id]) AS x1
  CALL (x1) {
    UNWIND x1 AS r6
    WITH r6[0] AS id7
    ORDER BY id7
    LIMIT $p2
    MATCH (n5:City {id: id7})
    WITH n5, id7
    ORDER BY id7
    RETURN collect([[n5.id, coalesce(n5.nameEn, n5.nameSv, n5.nameFi)]]) AS x2
  }
  RETURN x2, size(x1) AS x3
}
RETURN [x2, x3] AS answer
// $p1 = ['City:vantaa', 'City:oslo']
// $p2 = 10
