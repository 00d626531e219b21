CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:City {id: id2})
  RETURN collect([n3.id, coalesce(n3.nameEn, n3.nameSv, n3.nameFi)]) AS x1
}
CALL () {
  UNWIND $p2 AS id5
  MATCH (n6:Network {id: id5})
  RETURN collect([n6.id, n6.kind]) AS x4
}
RETURN [x1, x4] AS answer
// $p1 = ['City:vantaa', 'City:oslo']
// $p2 = ['Network:eccar']
