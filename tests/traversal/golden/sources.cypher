CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Network {id: id2})
  CALL (n3) {
    MATCH (n3)-[:CITES]->(n5:Citation)
    WITH n5 ORDER BY n5.id
    OPTIONAL MATCH (n5)-[:FROM]->(n6:Document)
    RETURN collect([n5.id, n5.quote, [n6.id, coalesce(n6.nameEn, n6.nameSv, n6.nameFi), n6.url]]) AS x4
  }
  CALL (n3) {
    MATCH (n3)-[r9:CITES]->(n8:Citation)
    WHERE (size(coalesce(r9.supports, [])) = 0 OR $p2 IN coalesce(r9.supports, []))
    WITH n8, r9 ORDER BY size(coalesce(r9.supports, [])) = 0, n8.id
    OPTIONAL MATCH (n8)-[:FROM]->(n10:Document)
    RETURN collect([n8.id, n8.quote, [n10.id, coalesce(n10.nameEn, n10.nameSv, n10.nameFi), n10.url]]) AS x7
  }
  RETURN collect([n3.id, x4, x7]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['Network:eccar']
// $p2 = 'founded'
