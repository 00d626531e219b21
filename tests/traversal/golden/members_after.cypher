CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Network {id: id2})
  CALL (n3) {
    MATCH (n3)<-[:IN]-(m5:Membership)<-[:HOLDS]-(n6:City)
    WHERE m5.shownFrom <= $p2 AND $p2 < m5.standsUntil AND $p2 < m5.lapsesOn AND m5.status <> 'APPLIED' AND (NOT (n6.nameSort < $p3) AND (n6.nameSort > $p3 OR (NOT (n6.id < $p4) AND (n6.id > $p4 OR NOT (m5.id <= $p5)))))
    WITH n6, m5, n6.nameSort AS k7
    ORDER BY k7, n6.id, m5.id
    LIMIT $p6
    RETURN collect([[n6.id, coalesce(n6.nameEn, n6.nameSv, n6.nameFi)], [m5.id], ['IN_FORCE', 'ATTESTED_EARLIER', 'LONG_UNATTESTED', 'ATTESTED_LATER'][CASE WHEN $p2 < m5.shownFrom THEN 3 WHEN $p2 < m5.shownUntil THEN 0 WHEN $p2 < m5.lapsesOn THEN 1 ELSE 2 END], [k7]]) AS x4
  }
  CALL (n3) {
    MATCH (n3)<-[:IN]-(m9:Membership)<-[:HOLDS]-(n10:City)
    WHERE m9.shownFrom <= $p7 AND $p7 < m9.standsUntil AND $p7 < m9.lapsesOn AND m9.status <> 'APPLIED' AND (NOT (n10.nameSort > $p8) AND (n10.nameSort < $p8 OR (NOT (n10.id > $p9) AND (n10.id < $p9 OR NOT (m9.id > $p10)))))
    WITH 1 AS one LIMIT 1
    RETURN count(*) AS x8
  }
  RETURN collect([n3.id, [x4, x8]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['Network:eccar']
// $p2 = datetime.date(2023, 11, 27)
// $p3 = 'oslo'
// $p4 = 'City:oslo'
// $p5 = 'Membership:m'
// $p6 = 6
// $p7 = datetime.date(2023, 11, 27)
// $p8 = 'oslo'
// $p9 = 'City:oslo'
// $p10 = 'Membership:m'
