MATCH (n1:City)
WHERE (size([v2 IN coalesce(split(n1.nameFolded, '\n'), []) WHERE v2 CONTAINS $p1]) > 0 AND NOT ((coalesce(n1.country = $p2, false) OR n1.wikidata IS NULL)) AND EXISTS { MATCH (n1)-[:HOLDS]->(m3:Membership)-[:IN]->(n4:Network) WHERE m3.shownFrom <= $p3 AND $p3 < m3.standsUntil AND $p3 < m3.lapsesOn AND m3.status <> 'APPLIED' AND n4.kind IN $p4 } AND NOT EXISTS { MATCH (n1)<-[:OF]-(n5:Unit) WHERE NOT (coalesce(n5.kind = $p5, false)) } AND NOT EXISTS { MATCH (n1)-[:PARTNER_IN]->(n6:Project) })
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
