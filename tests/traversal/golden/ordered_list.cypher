CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Network {id: id2})
  CALL (n3) {
    MATCH (n3)-[:REQUIRES]->(n5:Requirement)
    WITH n5 ORDER BY n5.position IS NULL, n5.position, n5.id
    RETURN collect([n5.id, n5.kind, coalesce(n5.nameEn, n5.nameSv, n5.nameFi)]) AS x4
  }
  RETURN collect([n3.id, x4]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['Network:eccar']
