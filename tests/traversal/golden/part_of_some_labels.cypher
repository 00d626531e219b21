CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:City {id: id2})
  CALL (n3) {
    MATCH (n3)-[:PART_OF]->(n5:CityGroup|Organisation)
    WITH n5 ORDER BY n5.id
    RETURN collect([n5.id, labels(n5)[0], n5.kind, coalesce(n5.nameEn, n5.nameSv, n5.nameFi)]) AS x4
  }
  RETURN collect([n3.id, x4]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['City:vantaa']
