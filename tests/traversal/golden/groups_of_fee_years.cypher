CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:City {id: id2})
  CALL (n3) {
    CALL (n3) {
      MATCH (n3)-[:HOLDS]->(m6:Membership)-[:IN]->(w7:Network)
      WHERE m6.shownFrom IS NOT NULL
      UNWIND $p2 AS y8
      WITH m6, w7, y8
      WHERE m6.possibleFrom < y8.after AND y8.first < m6.standsUntil
      WITH m6, w7, y8, CASE WHEN y8.after <= m6.shownFrom THEN 3 WHEN y8.first < m6.shownUntil THEN 0 WHEN y8.first < m6.lapsesOn THEN 1 ELSE 2 END AS k10
      OPTIONAL MATCH (m6)<-[:UNDER]-(t9:MembershipTerm)
      WHERE t9.chargedFrom <= y8.year AND y8.year <= t9.chargedUntil
      WITH w7, y8.year AS y8, m6, t9, k10, k10 IN $p3 AND m6.status <> 'APPLIED' AS k11
      ORDER BY k10, m6.shownFrom, m6.id
      WITH w7, y8, collect([m6, t9, k10, k11]) AS l12
      WITH y8, l12, [v15 IN l12 WHERE v15[3]] AS l13
      WITH y8, CASE WHEN size(l13) > 0 THEN l13 ELSE l12 END AS l12
      WITH y8, l12, [v15 IN l12 WHERE v15[1] IS NOT NULL] AS l14
      UNWIND CASE WHEN size(l14) > 0 THEN l14 ELSE l12[0..1] END AS v15
      WITH y8, v15[0] AS m6, v15[1] AS t9, v15[2] AS k10, v15[3] AS k11
      WITH m6, t9, k11, {year: y8, fee: CASE WHEN t9.annualFee IS NOT NULL THEN t9.annualFee WHEN t9.chargedFrom = t9.chargedUntil THEN t9.totalFee END, feeCurrency: CASE WHEN t9.annualFee IS NOT NULL THEN t9.annualFeeCurrency WHEN t9.chargedFrom = t9.chargedUntil THEN t9.totalFeeCurrency END, budgetLine: t9.budgetLine, status: m6.status, standing: ['IN_FORCE', 'ATTESTED_EARLIER', 'LONG_UNATTESTED', 'ATTESTED_LATER'][k10]} AS n16
      WHERE k11 OR n16.fee IS NULL
      OPTIONAL MATCH (m6)-[:IN]->(:Network)<-[:CONTACT_FOR]-(n17:Unit)-[:OF]->(:City)-[:HOLDS]->(m6)
      WITH DISTINCT n16, m6, t9, toString(n16.year) AS k18, n17.id AS k19
      ORDER BY t9.id, m6.id
      WITH k18 AS g20, k19 AS g21, count(*) AS a22, collect(CASE WHEN n16.fee IS NOT NULL THEN [n16.feeCurrency, n16.fee] END) AS a23, collect(CASE WHEN n16.fee IS NOT NULL THEN t9 END) AS a24, collect(DISTINCT t9)[0..$p5] AS a25
      ORDER BY coalesce(g20, $p4), coalesce(g21, $p4)
      LIMIT $p6
      CALL (a23) {
        UNWIND a23 AS v27
        WITH v27[0] AS k28, count(v27[1]) AS a29, sum(v27[1]) AS a30, min(v27[1]) AS a31, max(v27[1]) AS a32
        ORDER BY k28
        RETURN collect([k28, a29, a30, a31, a32]) AS x26
      }
      CALL (a24) {
        UNWIND a24 AS v34
        MATCH (v34)-[r36:CITES]->(n35:Citation)
        WHERE size(coalesce(r36.supports, [])) = 0 OR $p7 IN coalesce(r36.supports, []) OR $p8 IN coalesce(r36.supports, [])
        WITH DISTINCT n35 ORDER BY n35.id LIMIT $p9
        RETURN collect([n35.id, n35.quote]) AS x33
      }
      CALL (a25) {
        UNWIND a25 AS n38
        RETURN collect([n38.id]) AS x37
      }
      RETURN collect([[g20, g21], [a22, x26, x33], x37, [coalesce(g20, $p4), coalesce(g21, $p4)]]) AS x5
    }
    CALL (n3) {
      MATCH (n3)-[:HOLDS]->(m40:Membership)-[:IN]->(w41:Network)
      WHERE m40.shownFrom IS NOT NULL
      UNWIND $p10 AS y42
      WITH m40, w41, y42
      WHERE m40.possibleFrom < y42.after AND y42.first < m40.standsUntil
      WITH m40, w41, y42, CASE WHEN y42.after <= m40.shownFrom THEN 3 WHEN y42.first < m40.shownUntil THEN 0 WHEN y42.first < m40.lapsesOn THEN 1 ELSE 2 END AS k44
      OPTIONAL MATCH (m40)<-[:UNDER]-(t43:MembershipTerm)
      WHERE t43.chargedFrom <= y42.year AND y42.year <= t43.chargedUntil
      WITH w41, y42.year AS y42, m40, t43, k44, k44 IN $p11 AND m40.status <> 'APPLIED' AS k45
      ORDER BY k44, m40.shownFrom, m40.id
      WITH w41, y42, collect([m40, t43, k44, k45]) AS l46
      WITH y42, l46, [v49 IN l46 WHERE v49[3]] AS l47
      WITH y42, CASE WHEN size(l47) > 0 THEN l47 ELSE l46 END AS l46
      WITH y42, l46, [v49 IN l46 WHERE v49[1] IS NOT NULL] AS l48
      UNWIND CASE WHEN size(l48) > 0 THEN l48 ELSE l46[0..1] END AS v49
      WITH y42, v49[0] AS m40, v49[1] AS t43, v49[2] AS k44, v49[3] AS k45
      WITH m40, t43, k45, {year: y42, fee: CASE WHEN t43.annualFee IS NOT NULL THEN t43.annualFee WHEN t43.chargedFrom = t43.chargedUntil THEN t43.totalFee END, feeCurrency: CASE WHEN t43.annualFee IS NOT NULL THEN t43.annualFeeCurrency WHEN t43.chargedFrom = t43.chargedUntil THEN t43.totalFeeCurrency END, budgetLine: t43.budgetLine, status: m40.status, standing: ['IN_FORCE', 'ATTESTED_EARLIER', 'LONG_UNATTESTED', 'ATTESTED_LATER'][k44]} AS n50
      WHERE k45 OR n50.fee IS NULL
      OPTIONAL MATCH (m40)-[:IN]->(:Network)<-[:CONTACT_FOR]-(n51:Unit)-[:OF]->(:City)-[:HOLDS]->(m40)
      WITH DISTINCT n50, m40, t43, toString(n50.year) AS k52, n51.id AS k53
      WITH k52 AS g54, k53 AS g55, count(*) AS rows
      RETURN count(*) AS x39
    }
    RETURN [x5, x39] AS x4
  }
  RETURN collect([n3.id, [x4]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['City:vantaa']
// $p2 = [{'year': 2023, 'first': datetime.date(2023, 1, 1), 'after': datetime.date(2024, 1, 1)}, {'year': 2024, 'first': datetime.date(2024, 1, 1), 'after': datetime.date(2025, 1, 1)}]
// $p3 = [0, 1]
// $p4 = '\uffff'
// $p5 = 2
// $p6 = 11
// $p7 = 'annualFee'
// $p8 = 'totalFee'
// $p9 = 5
// $p10 = [{'year': 2023, 'first': datetime.date(2023, 1, 1), 'after': datetime.date(2024, 1, 1)}, {'year': 2024, 'first': datetime.date(2024, 1, 1), 'after': datetime.date(2025, 1, 1)}]
// $p11 = [0, 1]
// $p12 = '\uffff'
