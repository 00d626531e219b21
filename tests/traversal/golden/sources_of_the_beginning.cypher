CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Membership {id: id2})
  CALL (n3) {
    MATCH (n3)-[r6:CITES]->(n5:Citation)
    WHERE (size(coalesce(r6.supports, [])) = 0 OR $p2 IN coalesce(r6.supports, []) OR n3.validFrom IS NULL AND $p3 IN coalesce(r6.supports, []))
    WITH n5, r6 ORDER BY size(coalesce(r6.supports, [])) = 0, n5.id
    OPTIONAL MATCH (n5)-[:FROM]->(n7:Document)
    RETURN collect([n5.id, n5.quote, [n7.id, coalesce(n7.nameEn, n7.nameSv, n7.nameFi), n7.url]]) AS x4
  }
  RETURN collect([n3.id, x4]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['Membership:vantaa-eurocities']
// $p2 = 'validFrom'
// $p3 = 'attestedFrom'
