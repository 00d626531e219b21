CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Network {id: id2})
  CALL (n3) {
    MATCH (n3)<-[:IN]-(m5:Membership)<-[:HOLDS]-(n6:City)
    WHERE m5.shownFrom <= $p2 AND $p2 < m5.standsUntil AND $p2 < m5.lapsesOn
    WITH n6, m5
    ORDER BY n6.id, m5.id
    LIMIT $p3
    RETURN collect([[n6.id, coalesce(n6.nameEn, n6.nameSv, n6.nameFi)], [m5.id, m5.status, toString(m5.validFrom), m5.validFromBound, m5.validFromPrecision]]) AS x4
  }
  CALL (n3) {
    MATCH (n3)<-[:IN]-(m8:Membership)<-[:HOLDS]-(n9:City)
    WHERE m8.shownFrom <= $p4 AND $p4 < m8.standsUntil AND $p4 < m8.lapsesOn
    RETURN count(*) AS x7
  }
  RETURN collect([n3.id, [x4, x7]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['Network:eccar']
// $p2 = datetime.date(2023, 11, 27)
// $p3 = 10
// $p4 = datetime.date(2023, 11, 27)
