CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Network {id: id2})
  CALL (n3) {
    CALL (n3) {
      MATCH (n3)<-[:IN]-(m6:Membership)<-[:HOLDS]-(w7:City)
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
      OPTIONAL MATCH (m6)<-[:HOLDS]-(n15:City)
      WITH n15.id AS g16, count(*) AS a17
      ORDER BY coalesce(g16, $p4)
      LIMIT $p5
      RETURN collect([[g16], [a17], [coalesce(g16, $p4)]]) AS x5
    }
    CALL (n3) {
      MATCH (n3)<-[:IN]-(m19:Membership)<-[:HOLDS]-(w20:City)
      WHERE m19.shownFrom IS NOT NULL AND m19.status <> 'APPLIED'
      UNWIND $p6 AS y21
      WITH m19, w20, y21
      WHERE m19.possibleFrom < y21.after AND y21.first < m19.standsUntil
      WITH m19, w20, y21, CASE WHEN y21.after <= m19.shownFrom THEN 3 WHEN y21.first < m19.shownUntil THEN 0 WHEN y21.first < m19.lapsesOn THEN 1 ELSE 2 END AS k23
      WHERE k23 IN $p7
      OPTIONAL MATCH (m19)<-[:UNDER]-(t22:MembershipTerm)
      WHERE t22.chargedFrom <= y21.year AND y21.year <= t22.chargedUntil
      WITH w20, y21.year AS y21, m19, t22, k23
      ORDER BY k23, m19.shownFrom, m19.id
      WITH w20, y21, collect([m19, t22, k23]) AS l24
      WITH y21, l24, [v26 IN l24 WHERE v26[1] IS NOT NULL] AS l25
      UNWIND CASE WHEN size(l25) > 0 THEN l25 ELSE l24[0..1] END AS v26
      WITH y21, v26[0] AS m19, v26[1] AS t22, v26[2] AS k23
      WITH m19, t22, {year: y21, fee: CASE WHEN t22.annualFee IS NOT NULL THEN t22.annualFee WHEN t22.chargedFrom = t22.chargedUntil THEN t22.totalFee END, feeCurrency: CASE WHEN t22.annualFee IS NOT NULL THEN t22.annualFeeCurrency WHEN t22.chargedFrom = t22.chargedUntil THEN t22.totalFeeCurrency END, budgetLine: t22.budgetLine, status: m19.status, standing: ['IN_FORCE', 'ATTESTED_EARLIER', 'LONG_UNATTESTED', 'ATTESTED_LATER'][k23]} AS n27
      OPTIONAL MATCH (m19)<-[:HOLDS]-(n28:City)
      WITH n28.id AS g29, count(*) AS rows
      RETURN count(*) AS x18
    }
    RETURN [x5, x18] AS x4
  }
  RETURN collect([n3.id, [x4]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['Network:eccar']
// $p2 = [{'year': 2023, 'first': datetime.date(2023, 1, 1), 'after': datetime.date(2024, 1, 1)}, {'year': 2024, 'first': datetime.date(2024, 1, 1), 'after': datetime.date(2025, 1, 1)}]
// $p3 = [0, 1]
// $p4 = '\uffff'
// $p5 = 11
// $p6 = [{'year': 2023, 'first': datetime.date(2023, 1, 1), 'after': datetime.date(2024, 1, 1)}, {'year': 2024, 'first': datetime.date(2024, 1, 1), 'after': datetime.date(2025, 1, 1)}]
// $p7 = [0, 1]
// $p8 = '\uffff'
