MATCH (n1:City)
WHERE (size([v2 IN coalesce(split(n1.nameFolded, '\n'), []) WHERE v2 CONTAINS $p1]) > 0 AND NOT ((coalesce(n1.country = $p2, false) OR n1.wikidata IS NULL)) AND EXISTS { MATCH (n1)-[:HOLDS]->(m3:Membership)-[:IN]->(n4:Network) WHERE m3.shownFrom <= $p3 AND (m3.standsUntil IS NULL OR $p3 < m3.standsUntil) AND m3.status <> 'APPLIED' AND n4.kind IN $p4 } AND NOT EXISTS { MATCH (n1)<-[:OF]-(n5:Unit) WHERE NOT (coalesce(n5.kind = $p5, false)) } AND NOT EXISTS { MATCH (n1)-[:PARTNER_IN]->(n6:Project) })
WITH n1
ORDER BY n1.id
LIMIT $p6
RETURN [collect([[n1.id, coalesce(n1.nameEn, n1.nameSv, n1.nameFi)]])] AS answer
// $p1 = 'baerum'
// $p2 = 'FI'
// $p3 = datetime.date(2023, 11, 27)
// $p4 = ['LOCAL']
// $p5 = 'BOARD'
// $p6 = 10

// As a part:
CALL () {
  MATCH (n2:City)
  WHERE (size([v3 IN coalesce(split(n2.nameFolded, '\n'), []) WHERE v3 CONTAINS $p1]) > 0 AND NOT ((coalesce(n2.country = $p2, false) OR n2.wikidata IS NULL)) AND EXISTS { MATCH (n2)-[:HOLDS]->(m4:Membership)-[:IN]->(n5:Network) WHERE m4.shownFrom <= $p3 AND (m4.standsUntil IS NULL OR $p3 < m4.standsUntil) AND m4.status <> 'APPLIED' AND n5.kind IN $p4 } AND NOT EXISTS { MATCH (n2)<-[:OF]-(n6:Unit) WHERE NOT (coalesce(n6.kind = $p5, false)) } AND NOT EXISTS { MATCH (n2)-[:PARTNER_IN]->(n7:Project) })
  WITH n2
  ORDER BY n2.id
  LIMIT $p6
  RETURN collect([[n2.id, coalesce(n2.nameEn, n2.nameSv, n2.nameFi)]]) AS x1
}
RETURN [x1] AS answer
