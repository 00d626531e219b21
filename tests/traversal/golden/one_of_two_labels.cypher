CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Decision {id: id2})
  OPTIONAL MATCH (n3)-[:BY]->(n4)
  RETURN collect([n3.id, [n4.id, labels(n4)[0], n4.country, n4.kind]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['Decision:a']
