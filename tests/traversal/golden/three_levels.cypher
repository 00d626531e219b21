CALL () {
  MATCH (n2:Network)
  WITH n2, n2.nameSort AS k3
  ORDER BY k3, n2.id
  LIMIT $p1
  CALL (n2) {
    MATCH (n2)<-[:IN]-(m5:Membership)<-[:HOLDS]-(n6:City)
    WHERE m5.shownFrom <= $p2 AND $p2 < m5.standsUntil AND $p2 < m5.lapsesOn AND m5.status <> 'APPLIED' AND n6.population >= $p3
    WITH n6, m5, n6.nameSort AS k7
    ORDER BY k7, n6.id, m5.id
    LIMIT $p4
    CALL (n6) {
      MATCH (n6)-[:HOLDS]->(m9:Membership)-[:IN]->(n10:Network)
      WHERE m9.shownFrom <= $p5 AND $p5 < m9.standsUntil AND $p5 < m9.lapsesOn AND m9.status <> 'APPLIED'
      WITH n10, m9
      ORDER BY n10.id, m9.id
      LIMIT $p6
      RETURN collect([[n10.id, coalesce(n10.nameEn, n10.nameSv, n10.nameFi)]]) AS x8
    }
    CALL (n6) {
      MATCH (n6)<-[:JOINS]-(m12:Twinning)-[:JOINS]->(n13:City)
      WHERE m12.shownFrom <= $p7 AND $p7 < m12.standsUntil AND $p7 < m12.lapsesOn AND n13 <> n6
      RETURN count(*) AS x11
    }
    CALL (m5) {
      MATCH (m5)<-[:UNDER]-(n15:MembershipTerm)
      WITH n15
      ORDER BY n15.id
      LIMIT $p8
      RETURN collect([[n15.id, n15.annualFee, n15.annualFeeCurrency]]) AS x14
    }
    RETURN collect([[n6.id, coalesce(n6.nameEn, n6.nameSv, n6.nameFi), [x8], [x11]], [m5.id, [x14]]]) AS x4
  }
  RETURN collect([[n2.id, coalesce(n2.nameEn, n2.nameSv, n2.nameFi), [x4]]]) AS x1
}
RETURN [x1] AS answer
// $p1 = 10
// $p2 = datetime.date(2023, 11, 27)
// $p3 = 100000
// $p4 = 10
// $p5 = datetime.date(2023, 11, 27)
// $p6 = 10
// $p7 = datetime.date(2023, 11, 27)
// $p8 = 10
