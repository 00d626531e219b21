CALL () {
  CALL () {
    MATCH (n6:City)
    WHERE (n6.population >= $p1)
    RETURN n6 AS n3, 0 AS k4
    UNION ALL
    UNWIND $p2 AS v7
    MATCH (n8:City)
    WHERE n8.id = v7
    MATCH (n8)-[:HOLDS]->(m9:Membership)-[:IN]->(n10:Network)
    WHERE m9.shownFrom <= $p3 AND $p3 < m9.standsUntil AND $p3 < m9.lapsesOn AND m9.status <> 'APPLIED'
    WITH DISTINCT n10
    MATCH (n10)<-[:IN]-(m11:Membership)<-[:HOLDS]-(n12:City)
    WHERE m11.shownFrom <= $p4 AND $p4 < m11.standsUntil AND $p4 < m11.lapsesOn AND m11.status <> 'APPLIED'
    RETURN DISTINCT n12 AS n3, 1 AS k4
    UNION ALL
    CALL () {
      MATCH (n16:City)
      RETURN n16 AS n13, 0 AS k14
      UNION ALL
      MATCH (n17:Network)
      WHERE n17.id = $p5
      MATCH (n17)<-[:IN]-(m18:Membership)<-[:HOLDS]-(n19:City)
      WHERE m18.shownFrom <= $p6 AND $p6 < m18.standsUntil AND $p6 < m18.lapsesOn AND m18.status <> 'APPLIED'
      RETURN DISTINCT n19 AS n13, 1 AS k14
    }
    WITH n13, collect(k14) AS k15
    WHERE NOT (1 IN k15) AND 0 IN k15
    MATCH (n13)<-[:JOINS]-(m20:Twinning)-[:JOINS]->(n21:City)
    WHERE m20.shownFrom <= $p7 AND $p7 < m20.standsUntil AND $p7 < m20.lapsesOn AND n21 <> n13
    RETURN DISTINCT n21 AS n3, 2 AS k4
  }
  WITH n3, collect(k4) AS k5
  WHERE NOT (1 IN k5) AND NOT (2 IN k5) AND 0 IN k5
  RETURN collect(n3) AS s2
}
CALL (s2) {
  UNWIND s2 AS n22
  WITH n22, n22.nameSort AS k23
  ORDER BY k23, n22.id
  LIMIT $p8
  RETURN collect([[n22.id, coalesce(n22.nameEn, n22.nameSv, n22.nameFi)]]) AS x1
}
CALL (s2) {
  UNWIND s2 AS n25
  RETURN count(*) AS x24
}
RETURN [x1, x24] AS answer
// $p1 = 100000
// $p2 = ['City:espoo', 'City:oulu']
// $p3 = datetime.date(2023, 11, 27)
// $p4 = datetime.date(2023, 11, 27)
// $p5 = 'Network:eccar'
// $p6 = datetime.date(2023, 11, 27)
// $p7 = datetime.date(2023, 11, 27)
// $p8 = 10
