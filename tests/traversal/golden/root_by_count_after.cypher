MATCH (n1:Network)
WITH n1, COUNT { MATCH (n1)<-[:IN]-(m4:Membership)<-[:HOLDS]-(n5:City) WHERE m4.shownFrom <= $p1 AND $p1 < m4.standsUntil AND $p1 < m4.lapsesOn AND m4.status <> 'APPLIED' } AS k2, n1.nameSort AS k3
WHERE (NOT (k2 > $p2) AND (k2 < $p2 OR (NOT (k3 < $p3) AND (k3 > $p3 OR NOT (n1.id <= $p4)))))
WITH n1, k2, k3
ORDER BY k2 DESC, k3, n1.id
LIMIT $p5
RETURN [collect([[n1.id, coalesce(n1.nameEn, n1.nameSv, n1.nameFi)], [k2, k3]])] AS answer
// $p1 = datetime.date(2023, 11, 27)
// $p2 = 21
// $p3 = 'a'
// $p4 = 'Network:a'
// $p5 = 3
