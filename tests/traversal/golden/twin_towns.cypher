CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:City {id: id2})
  CALL (n3) {
    MATCH (n3)<-[:JOINS]-(m5:Twinning)-[:JOINS]->(n6:City)
    WHERE m5.shownFrom <= $p2 AND $p2 < m5.standsUntil AND $p2 < m5.lapsesOn AND n6 <> n3
    WITH n6, m5
    ORDER BY n6.id, m5.id
    LIMIT $p3
    RETURN collect([[n6.id, coalesce(n6.nameEn, n6.nameSv, n6.nameFi)]]) AS x4
  }
  RETURN collect([n3.id, [x4]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['City:vantaa']
// $p2 = datetime.date(2023, 11, 27)
// $p3 = 10
