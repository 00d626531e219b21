CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Network {id: id2})
  CALL (n3) {
    MATCH (n3)<-[:IN]-(m5:Membership)<-[:HOLDS]-(n6:City)
    WHERE m5.shownFrom <= $p2 AND $p2 < m5.standsUntil AND $p2 < m5.lapsesOn AND m5.status <> 'APPLIED'
    WITH n6, m5, n6.nameSort AS k7
    ORDER BY k7, n6.id, m5.id
    LIMIT $p3
    RETURN collect([[n6.id, coalesce(n6.nameEn, n6.nameSv, n6.nameFi)], [m5.id], ['IN_FORCE', 'ATTESTED_EARLIER', 'LONG_UNATTESTED', 'ATTESTED_LATER'][CASE WHEN $p2 < m5.shownFrom THEN 3 WHEN $p2 < m5.shownUntil THEN 0 WHEN $p2 < m5.lapsesOn THEN 1 ELSE 2 END], [k7]]) AS x4
  }
  RETURN collect([n3.id, [x4]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['Network:eccar']
// $p2 = datetime.date(2023, 11, 27)
// $p3 = 11
