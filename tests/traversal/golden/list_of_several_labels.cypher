CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Decision {id: id2})
  CALL (n3) {
    MATCH (n3)-[:ABOUT]->(n5)
    WITH n5 ORDER BY n5.id
    OPTIONAL MATCH (n5)-[:OF]->(n6:City)
    CALL (n5) {
      MATCH (n5)<-[:IN]-(n8:Membership)
      RETURN count(*) AS x7
    }
    RETURN collect([n5.id, labels(n5)[0], n5.annualFee, n5.annualFeeCurrency, n5.kind, coalesce(n5.nameEn, n5.nameSv, n5.nameFi), [n6.id, coalesce(n6.nameEn, n6.nameSv, n6.nameFi)], [x7]]) AS x4
  }
  RETURN collect([n3.id, x4]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['Decision:a']
