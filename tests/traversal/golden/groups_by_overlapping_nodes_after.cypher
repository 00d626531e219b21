CALL () {
  MATCH (n2:MembershipTerm)
  OPTIONAL MATCH (n2)-[:UNDER]->(m4:Membership)-[:IN]->(:Network)<-[:CONTACT_FOR]-(n3:Unit)-[:OF]->(:City)-[:HOLDS]->(m4:Membership)
  WITH DISTINCT n2, n3.id AS k5, CASE WHEN n2.validFromPrecision = 'YEAR' THEN null ELSE substring(toString(n2.validFrom), 0, 7) END AS k6, n2.validFrom AS k7
  ORDER BY k7 IS NULL, k7, n2.id
  WITH k5 AS g8, k6 AS g9, CASE WHEN count(CASE WHEN n2.annualFeeCurrency = $p2 THEN n2.annualFee END) = 0 THEN null ELSE sum(CASE WHEN n2.annualFeeCurrency = $p2 THEN n2.annualFee END) END AS h10, count(*) AS h11, count(*) AS a12, collect(CASE WHEN n2.annualFee IS NOT NULL THEN [n2.annualFeeCurrency, n2.annualFee] END) AS a13, collect(CASE WHEN n2.annualFee IS NOT NULL THEN n2 END) AS a14, collect(n2)[0..$p3] AS a15
  WHERE h11 >= $p7 AND ((h10 < $p4 OR h10 IS NULL) OR (h10 = $p4 AND (NOT (coalesce(g8, $p1) < $p5) AND (coalesce(g8, $p1) > $p5 OR NOT (coalesce(g9, $p1) <= $p6)))))
  WITH g8, g9, h10, h11, a12, a13, a14, a15
  ORDER BY h10 IS NULL, h10 DESC, coalesce(g8, $p1), coalesce(g9, $p1)
  LIMIT $p8
  CALL (a13) {
    UNWIND a13 AS v17
    WITH v17[0] AS k18, count(v17[1]) AS a19, sum(v17[1]) AS a20, min(v17[1]) AS a21, max(v17[1]) AS a22
    ORDER BY k18
    RETURN collect([k18, a19, a20, a21, a22]) AS x16
  }
  CALL (a14) {
    UNWIND a14 AS v24
    MATCH (v24)-[r26:CITES]->(n25:Citation)
    WHERE size(coalesce(r26.supports, [])) = 0 OR $p9 IN coalesce(r26.supports, [])
    WITH DISTINCT n25 ORDER BY n25.id LIMIT $p10
    RETURN collect([n25.id, n25.quote]) AS x23
  }
  OPTIONAL MATCH (n27:Unit {id: coalesce(g8, '')})
  CALL (a15) {
    UNWIND a15 AS n29
    RETURN collect([n29.id]) AS x28
  }
  RETURN collect([[g8, g9], [a12, x16, x23], [n27.id, coalesce(n27.nameEn, n27.nameSv, n27.nameFi)], x28, [h10, coalesce(g8, $p1), coalesce(g9, $p1)]]) AS x1
}
CALL () {
  MATCH (n31:MembershipTerm)
  OPTIONAL MATCH (n31)-[:UNDER]->(m33:Membership)-[:IN]->(:Network)<-[:CONTACT_FOR]-(n32:Unit)-[:OF]->(:City)-[:HOLDS]->(m33:Membership)
  WITH DISTINCT n31, n32.id AS k34, CASE WHEN n31.validFromPrecision = 'YEAR' THEN null ELSE substring(toString(n31.validFrom), 0, 7) END AS k35
  WITH k34 AS g36, k35 AS g37, CASE WHEN count(CASE WHEN n31.annualFeeCurrency = $p12 THEN n31.annualFee END) = 0 THEN null ELSE sum(CASE WHEN n31.annualFeeCurrency = $p12 THEN n31.annualFee END) END AS h38, count(*) AS h39
  WHERE h39 >= $p13
  RETURN count(*) AS x30
}
CALL () {
  MATCH (n41:MembershipTerm)
  OPTIONAL MATCH (n41)-[:UNDER]->(m43:Membership)-[:IN]->(:Network)<-[:CONTACT_FOR]-(n42:Unit)-[:OF]->(:City)-[:HOLDS]->(m43:Membership)
  WITH DISTINCT n41, n42.id AS k44, CASE WHEN n41.validFromPrecision = 'YEAR' THEN null ELSE substring(toString(n41.validFrom), 0, 7) END AS k45
  WITH k44 AS g46, k45 AS g47, CASE WHEN count(CASE WHEN n41.annualFeeCurrency = $p15 THEN n41.annualFee END) = 0 THEN null ELSE sum(CASE WHEN n41.annualFeeCurrency = $p15 THEN n41.annualFee END) END AS h48, count(*) AS h49
  WHERE h49 >= $p19 AND (NOT (h48 < $p16) AND (h48 > $p16 OR (NOT (coalesce(g46, $p14) > $p17) AND (coalesce(g46, $p14) < $p17 OR NOT (coalesce(g47, $p14) > $p18)))))
  WITH 1 AS one LIMIT 1
  RETURN count(*) AS x40
}
RETURN [[x1, x30, x40]] AS answer
// $p1 = '\uffff'
// $p2 = 'EUR'
// $p3 = 2
// $p4 = 50000
// $p5 = 'Unit:a'
// $p6 = '2023-01'
// $p7 = 2
// $p8 = 4
// $p9 = 'annualFee'
// $p10 = 5
// $p11 = '\uffff'
// $p12 = 'EUR'
// $p13 = 2
// $p14 = '\uffff'
// $p15 = 'EUR'
// $p16 = 50000
// $p17 = 'Unit:a'
// $p18 = '2023-01'
// $p19 = 2
