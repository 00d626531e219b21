CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:MembershipTerm {id: id2})
  OPTIONAL MATCH (n3)-[:DECIDED_BY]->(n4:Decision)
  OPTIONAL MATCH (n3)-[:UNDER]->(n5:Membership)
  OPTIONAL MATCH (n5)-[:IN]->(n6:Network)
  RETURN collect([n3.id, [n4.id, toString(n4.date), n4.datePrecision], [n5.id, [n6.id, coalesce(n6.nameEn, n6.nameSv, n6.nameFi)]]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['MembershipTerm:a']
