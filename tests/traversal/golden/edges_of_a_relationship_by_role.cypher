CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:City {id: id2})
  CALL (n3) {
    MATCH (n3)-[r6:PARTICIPATES_IN]->(n5:WorkingGroup)
    WHERE r6.shownFrom <= $p2 AND $p2 < r6.standsUntil AND $p2 < r6.lapsesOn AND r6.basis = $p3
    WITH n5, r6, CASE r6.role WHEN 'MEMBER' THEN 0 WHEN 'CHAIRING_TEAM' THEN 1 WHEN 'CHAIR' THEN 2 END AS k7
    ORDER BY k7 IS NULL, k7, n5.id
    LIMIT $p4
    RETURN collect([[n5.id, coalesce(n5.nameEn, n5.nameSv, n5.nameFi)]]) AS x4
  }
  CALL (n3) {
    MATCH (n3)-[r10:PARTICIPATES_IN]->(n9:WorkingGroup)
    WHERE r10.shownFrom <= $p5 AND $p5 < r10.standsUntil AND $p5 < r10.lapsesOn AND r10.basis = $p6
    RETURN count(*) AS x8
  }
  RETURN collect([n3.id, [x4, x8]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['City:vantaa']
// $p2 = datetime.date(2023, 11, 27)
// $p3 = 'STATED'
// $p4 = 10
// $p5 = datetime.date(2023, 11, 27)
// $p6 = 'STATED'
