CALL () {
  UNWIND $p3 AS v8
  MATCH (n9:City)
  WHERE n9.id = v8
  MATCH (n9)-[:HOLDS]->(m10:Membership)-[:IN]->(n11:Network)
  WHERE m10.shownFrom <= $p4 AND $p4 < m10.standsUntil AND $p4 < m10.lapsesOn AND m10.status <> 'APPLIED'
  WITH DISTINCT n11
  MATCH (n11)<-[:IN]-(m12:Membership)<-[:HOLDS]-(n13:City)
  WHERE m12.shownFrom <= $p5 AND $p5 < m12.standsUntil AND $p5 < m12.lapsesOn AND m12.status <> 'APPLIED'
  WITH DISTINCT n13
  WHERE n13.country = $p6
  MATCH (n13)-[:HOLDS]->(m14:Membership)-[:IN]->(n15:Network)
  WHERE m14.shownFrom <= $p7 AND $p7 < m14.standsUntil AND $p7 < m14.lapsesOn AND m14.status <> 'APPLIED'
  WITH DISTINCT n15
  RETURN collect(n15) AS s7
}
CALL () {
  UNWIND $p9 AS v20
  MATCH (n21:City)
  WHERE n21.id = v20
  MATCH (n21)-[:HOLDS]->(m22:Membership)-[:IN]->(n23:Network)
  WHERE m22.shownFrom <= $p10 AND $p10 < m22.standsUntil AND $p10 < m22.lapsesOn AND m22.status <> 'APPLIED'
  WITH DISTINCT n23
  MATCH (n23)<-[:IN]-(m24:Membership)<-[:HOLDS]-(n25:City)
  WHERE m24.shownFrom <= $p11 AND $p11 < m24.standsUntil AND $p11 < m24.lapsesOn AND m24.status <> 'APPLIED'
  WITH DISTINCT n25
  RETURN collect(n25) AS s19
}
CALL (s7, s19) {
  UNWIND $p1 AS id2
  MATCH (n3:City {id: id2})
  CALL (n3, s7, s19) {
    MATCH (n3)-[:HOLDS]->(m5:Membership)-[:IN]->(n6:Network)
    WHERE m5.shownFrom <= $p2 AND $p2 < m5.standsUntil AND $p2 < m5.lapsesOn AND m5.status <> 'APPLIED' AND n6 IN s7
    WITH s19, n6, m5
    ORDER BY n6.id, m5.id
    LIMIT $p8
    CALL (n6, s19) {
      MATCH (n6)<-[:IN]-(m17:Membership)<-[:HOLDS]-(n18:City)
      WHERE m17.status <> 'APPLIED' AND n18 IN s19
      RETURN count(*) AS x16
    }
    RETURN collect([[n6.id, [x16]]]) AS x4
  }
  RETURN collect([n3.id, [x4]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['City:vantaa']
// $p2 = datetime.date(2023, 11, 27)
// $p3 = ['City:espoo', 'City:oulu']
// $p4 = datetime.date(2023, 11, 27)
// $p5 = datetime.date(2023, 11, 27)
// $p6 = 'FI'
// $p7 = datetime.date(2023, 11, 27)
// $p8 = 10
// $p9 = ['City:espoo', 'City:oulu']
// $p10 = datetime.date(2023, 11, 27)
// $p11 = datetime.date(2023, 11, 27)
