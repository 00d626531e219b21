MATCH (n1:Network)
WITH n1, COUNT { MATCH (n1)<-[:IN]-(m4:Membership)<-[:HOLDS]-(n5:City) WHERE m4.shownFrom <= $p1 AND (m4.standsUntil IS NULL OR $p1 < m4.standsUntil) AND m4.status <> 'APPLIED' } AS k2, n1.nameSort AS k3
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

// As a part:
CALL () {
  MATCH (n2:Network)
  WITH n2, COUNT { MATCH (n2)<-[:IN]-(m5:Membership)<-[:HOLDS]-(n6:City) WHERE m5.shownFrom <= $p1 AND (m5.standsUntil IS NULL OR $p1 < m5.standsUntil) AND m5.status <> 'APPLIED' } AS k3, n2.nameSort AS k4
  WHERE (NOT (k3 > $p2) AND (k3 < $p2 OR (NOT (k4 < $p3) AND (k4 > $p3 OR NOT (n2.id <= $p4)))))
  WITH n2, k3, k4
  ORDER BY k3 DESC, k4, n2.id
  LIMIT $p5
  RETURN collect([[n2.id, coalesce(n2.nameEn, n2.nameSv, n2.nameFi)], [k3, k4]]) AS x1
}
RETURN [x1] AS answer
