CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Network {id: id2})
  CALL (n3) {
    CALL (n3) {
      MATCH (n3)<-[:IN]-(m6:Membership)<-[:HOLDS]-(w7:City)
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
      OPTIONAL MATCH (m6)<-[:HOLDS]-(n17:City)
      WITH n17.id AS g18, count(*) AS a19
      ORDER BY coalesce(g18, $p4)
      LIMIT $p5
      RETURN collect([[g18], [a19], [coalesce(g18, $p4)]]) AS x5
    }
    CALL (n3) {
      MATCH (n3)<-[:IN]-(m21:Membership)<-[:HOLDS]-(w22:City)
      WHERE m21.shownFrom IS NOT NULL
      UNWIND $p6 AS y23
      WITH m21, w22, y23
      WHERE m21.possibleFrom < y23.after AND y23.first < m21.standsUntil
      WITH m21, w22, y23, CASE WHEN y23.after <= m21.shownFrom THEN 3 WHEN y23.first < m21.shownUntil THEN 0 WHEN y23.first < m21.lapsesOn THEN 1 ELSE 2 END AS k25
      OPTIONAL MATCH (m21)<-[:UNDER]-(t24:MembershipTerm)
      WHERE t24.chargedFrom <= y23.year AND y23.year <= t24.chargedUntil
      WITH w22, y23.year AS y23, m21, t24, k25, k25 IN $p7 AND m21.status <> 'APPLIED' AS k26
      ORDER BY k25, m21.shownFrom, m21.id
      WITH w22, y23, collect([m21, t24, k25, k26]) AS l27
      WITH y23, l27, [v30 IN l27 WHERE v30[3]] AS l28
      WITH y23, CASE WHEN size(l28) > 0 THEN l28 ELSE l27 END AS l27
      WITH y23, l27, [v30 IN l27 WHERE v30[1] IS NOT NULL] AS l29
      UNWIND CASE WHEN size(l29) > 0 THEN l29 ELSE l27[0..1] END AS v30
      WITH y23, v30[0] AS m21, v30[1] AS t24, v30[2] AS k25, v30[3] AS k26
      WITH m21, t24, k26, {year: y23, fee: CASE WHEN t24.annualFee IS NOT NULL THEN t24.annualFee WHEN t24.chargedFrom = t24.chargedUntil THEN t24.totalFee END, feeCurrency: CASE WHEN t24.annualFee IS NOT NULL THEN t24.annualFeeCurrency WHEN t24.chargedFrom = t24.chargedUntil THEN t24.totalFeeCurrency END, budgetLine: t24.budgetLine, status: m21.status, standing: ['IN_FORCE', 'ATTESTED_EARLIER', 'LONG_UNATTESTED', 'ATTESTED_LATER'][k25]} AS n31
      WHERE k26 OR n31.fee IS NULL
      OPTIONAL MATCH (m21)<-[:HOLDS]-(n32:City)
      WITH n32.id AS g33, count(*) AS rows
      RETURN count(*) AS x20
    }
    RETURN [x5, x20] AS x4
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
