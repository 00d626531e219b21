CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Citation {id: id2})
  CALL (n3) {
    MATCH (n3)<-[:CITES]-(n5)
    WITH n5
    ORDER BY n5.id
    LIMIT $p2
    RETURN collect([[n5.id, labels(n5)[0], coalesce(n5.nameEn, n5.nameSv, n5.nameFi)]]) AS x4
  }
  RETURN collect([n3.id, [x4]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['Citation:a']
// $p2 = 10
