CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:City {id: id2})
  CALL (n3) {
    CALL (n3) {
      MATCH (n3)-[:HOLDS]->(m6:Membership)-[:IN]->(w7:Network)
      WHERE m6.shownFrom IS NOT NULL AND m6.status <> 'APPLIED'
      UNWIND $p2 AS y8
      WITH m6, w7, y8
      WHERE m6.possibleFrom < y8.after AND y8.first < m6.standsUntil
      WITH m6, w7, y8, CASE WHEN y8.after <= m6.shownFrom THEN 3 WHEN y8.first < m6.shownUntil THEN 0 WHEN y8.first < m6.lapsesOn THEN 1 ELSE 2 END AS k10
      WHERE k10 IN $p3
      OPTIONAL MATCH (m6)<-[:UNDER]-(t9:MembershipTerm)
      WHERE t9.chargedFrom <= y8.year AND y8.year <= t9.chargedUntil
      WITH w7, y8.year AS y8, m6, t9, k10
      ORDER BY k10, m6.shownFrom, m6.id
      WITH w7, y8, collect([m6, t9, k10]) AS l11
      WITH y8, l11, [v13 IN l11 WHERE v13[1] IS NOT NULL] AS l12
      UNWIND CASE WHEN size(l12) > 0 THEN l12 ELSE l11[0..1] END AS v13
      WITH y8, v13[0] AS m6, v13[1] AS t9, v13[2] AS k10
      WITH m6, t9, {year: y8, fee: CASE WHEN t9.annualFee IS NOT NULL THEN t9.annualFee WHEN t9.chargedFrom = t9.chargedUntil THEN t9.totalFee END, feeCurrency: CASE WHEN t9.annualFee IS NOT NULL THEN t9.annualFeeCurrency WHEN t9.chargedFrom = t9.chargedUntil THEN t9.totalFeeCurrency END, budgetLine: t9.budgetLine, status: m6.status, standing: ['IN_FORCE', 'ATTESTED_EARLIER', 'LONG_UNATTESTED', 'ATTESTED_LATER'][k10]} AS n14
      OPTIONAL MATCH (m6)-[:IN]->(:Network)<-[:CONTACT_FOR]-(n15:Unit)-[:OF]->(:City)-[:HOLDS]->(m6)
      WITH DISTINCT n14, m6, t9, toString(n14.year) AS k16, n15.id AS k17
      ORDER BY t9.id, m6.id
      WITH k16 AS g18, k17 AS g19, count(*) AS a20, collect(CASE WHEN n14.fee IS NOT NULL THEN [n14.feeCurrency, n14.fee] END) AS a21, collect(CASE WHEN n14.fee IS NOT NULL THEN t9 END) AS a22, collect(DISTINCT t9)[0..$p5] AS a23
      ORDER BY coalesce(g18, $p4), coalesce(g19, $p4)
      LIMIT $p6
      CALL (a21) {
        UNWIND a21 AS v25
        WITH v25[0] AS k26, count(v25[1]) AS a27, sum(v25[1]) AS a28, min(v25[1]) AS a29, max(v25[1]) AS a30
        ORDER BY k26
        RETURN collect([k26, a27, a28, a29, a30]) AS x24
      }
      CALL (a22) {
        UNWIND a22 AS v32
        MATCH (v32)-[r34:CITES]->(n33:Citation)
        WHERE size(coalesce(r34.supports, [])) = 0 OR $p7 IN coalesce(r34.supports, []) OR $p8 IN coalesce(r34.supports, [])
        WITH DISTINCT n33 ORDER BY n33.id LIMIT $p9
        RETURN collect([n33.id, n33.quote]) AS x31
      }
      CALL (a23) {
        UNWIND a23 AS n36
        RETURN collect([n36.id]) AS x35
      }
      RETURN collect([[g18, g19], [a20, x24, x31], x35, [coalesce(g18, $p4), coalesce(g19, $p4)]]) AS x5
    }
    CALL (n3) {
      MATCH (n3)-[:HOLDS]->(m38:Membership)-[:IN]->(w39:Network)
      WHERE m38.shownFrom IS NOT NULL AND m38.status <> 'APPLIED'
      UNWIND $p10 AS y40
      WITH m38, w39, y40
      WHERE m38.possibleFrom < y40.after AND y40.first < m38.standsUntil
      WITH m38, w39, y40, CASE WHEN y40.after <= m38.shownFrom THEN 3 WHEN y40.first < m38.shownUntil THEN 0 WHEN y40.first < m38.lapsesOn THEN 1 ELSE 2 END AS k42
      WHERE k42 IN $p11
      OPTIONAL MATCH (m38)<-[:UNDER]-(t41:MembershipTerm)
      WHERE t41.chargedFrom <= y40.year AND y40.year <= t41.chargedUntil
      WITH w39, y40.year AS y40, m38, t41, k42
      ORDER BY k42, m38.shownFrom, m38.id
      WITH w39, y40, collect([m38, t41, k42]) AS l43
      WITH y40, l43, [v45 IN l43 WHERE v45[1] IS NOT NULL] AS l44
      UNWIND CASE WHEN size(l44) > 0 THEN l44 ELSE l43[0..1] END AS v45
      WITH y40, v45[0] AS m38, v45[1] AS t41, v45[2] AS k42
      WITH m38, t41, {year: y40, fee: CASE WHEN t41.annualFee IS NOT NULL THEN t41.annualFee WHEN t41.chargedFrom = t41.chargedUntil THEN t41.totalFee END, feeCurrency: CASE WHEN t41.annualFee IS NOT NULL THEN t41.annualFeeCurrency WHEN t41.chargedFrom = t41.chargedUntil THEN t41.totalFeeCurrency END, budgetLine: t41.budgetLine, status: m38.status, standing: ['IN_FORCE', 'ATTESTED_EARLIER', 'LONG_UNATTESTED', 'ATTESTED_LATER'][k42]} AS n46
      OPTIONAL MATCH (m38)-[:IN]->(:Network)<-[:CONTACT_FOR]-(n47:Unit)-[:OF]->(:City)-[:HOLDS]->(m38)
      WITH DISTINCT n46, m38, t41, toString(n46.year) AS k48, n47.id AS k49
      WITH k48 AS g50, k49 AS g51, count(*) AS rows
      RETURN count(*) AS x37
    }
    RETURN [x5, x37] AS x4
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
