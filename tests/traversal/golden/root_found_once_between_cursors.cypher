CALL () {
  MATCH (n2:City)
  WHERE (n2.country = $p1 AND n2.population >= $p2)
  RETURN collect(n2) AS f1
}
CALL (f1) {
  UNWIND f1 AS n2
  WITH n2, COUNT { MATCH (n2)-[:HOLDS]->(m5:Membership)-[:IN]->(n6:Network) WHERE m5.shownFrom <= $p3 AND (m5.standsUntil IS NULL OR $p3 < m5.standsUntil) AND m5.status <> 'APPLIED' } AS k4
  WHERE (k4 >= $p4 AND (k4 > $p4 OR n2.id < $p5))
  WITH n2, k4
  ORDER BY k4, n2.id DESC
  LIMIT $p6
  RETURN collect([[n2.id, coalesce(n2.nameEn, n2.nameSv, n2.nameFi)], [k4]]) AS x3
}
CALL (f1) {
  UNWIND f1 AS n2
  WITH n2, COUNT { MATCH (n2)-[:HOLDS]->(m9:Membership)-[:IN]->(n10:Network) WHERE m9.shownFrom <= $p7 AND (m9.standsUntil IS NULL OR $p7 < m9.standsUntil) AND m9.status <> 'APPLIED' } AS k8
  WHERE (k8 <= $p8 AND (k8 < $p8 OR n2.id >= $p9))
  WITH n2, k8
  WITH 1 AS one LIMIT 1
  RETURN count(*) AS x7
}
RETURN [x3, size(f1), x7] AS answer
// $p1 = 'FI'
// $p2 = 100000
// $p3 = datetime.date(2023, 11, 27)
// $p4 = 3
// $p5 = 'City:vantaa'
// $p6 = 3
// $p7 = datetime.date(2023, 11, 27)
// $p8 = 3
// $p9 = 'City:vantaa'
