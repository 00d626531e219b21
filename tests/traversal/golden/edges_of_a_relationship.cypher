CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:City {id: id2})
  CALL (n3) {
    MATCH (n3)-[r6:PARTICIPATES_IN]->(n5:WorkingGroup)
    WHERE r6.shownFrom <= $p2 AND $p2 < r6.standsUntil AND $p2 < r6.lapsesOn
    WITH n5, r6
    ORDER BY n5.id
    LIMIT $p3
    CALL (r6) {
      UNWIND r6.sources AS id8
      MATCH (n9:Citation {id: id8})
      WITH n9 ORDER BY n9.id
      OPTIONAL MATCH (n9)-[:FROM]->(n10:Document)
      RETURN collect([n9.id, n9.quote, [n10.id, coalesce(n10.nameEn, n10.nameSv, n10.nameFi), n10.url]]) AS x7
    }
    OPTIONAL MATCH (n11:Unit {id: coalesce(r6.unit, '')})
    RETURN collect([[n5.id, coalesce(n5.nameEn, n5.nameSv, n5.nameFi)], [r6.role, x7, [n11.id, coalesce(n11.nameEn, n11.nameSv, n11.nameFi)]], ['IN_FORCE', 'ATTESTED_EARLIER', 'LONG_UNATTESTED', 'ATTESTED_LATER'][CASE WHEN $p2 < r6.shownFrom THEN 3 WHEN $p2 < r6.shownUntil THEN 0 WHEN $p2 < r6.lapsesOn THEN 1 ELSE 2 END]]) AS x4
  }
  RETURN collect([n3.id, [x4]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['City:vantaa']
// $p2 = datetime.date(2023, 11, 27)
// $p3 = 10
