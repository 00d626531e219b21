MATCH (n1:MembershipTerm)
WITH count(*) AS a2, collect(CASE WHEN n1.annualFee IS NOT NULL THEN [n1.annualFeeCurrency, n1.annualFee] END) AS a3, collect(CASE WHEN n1.annualFee IS NOT NULL THEN n1 END) AS a4
CALL (a3) {
  UNWIND a3 AS v6
  WITH v6[0] AS k7, count(v6[1]) AS a8, sum(v6[1]) AS a9, min(v6[1]) AS a10, max(v6[1]) AS a11
  ORDER BY k7
  RETURN collect([k7, a8, a9, a10, a11]) AS x5
}
CALL (a4) {
  UNWIND a4 AS v13
  MATCH (v13)-[r15:CITES]->(n14:Citation)
  WHERE size(coalesce(r15.supports, [])) = 0 OR $p1 IN coalesce(r15.supports, [])
  WITH DISTINCT n14 ORDER BY n14.id LIMIT $p2
  RETURN collect([n14.id, n14.quote]) AS x12
}
RETURN [[a2, x5, x12]] AS answer
// $p1 = 'annualFee'
// $p2 = 5
