CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Network {id: id2})
  CALL (n3) {
    CALL (n3) {
      MATCH (n3)<-[:IN]-(m6:Membership)<-[:HOLDS]-(n7:City)
      WHERE m6.shownFrom <= $p2 AND $p2 < m6.standsUntil AND $p2 < m6.lapsesOn AND m6.status <> 'APPLIED'
      WITH n7.country AS g8, count(*) AS a9
      ORDER BY coalesce(g8, $p3)
      LIMIT $p4
      RETURN collect([[g8], [a9], [coalesce(g8, $p3)]]) AS x5
    }
    CALL (n3) {
      MATCH (n3)<-[:IN]-(m11:Membership)<-[:HOLDS]-(n12:City)
      WHERE m11.shownFrom <= $p5 AND $p5 < m11.standsUntil AND $p5 < m11.lapsesOn AND m11.status <> 'APPLIED'
      WITH n12.country AS g13, count(*) AS rows
      RETURN count(*) AS x10
    }
    RETURN [x5, x10] AS x4
  }
  RETURN collect([n3.id, [x4]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['Network:eccar']
// $p2 = datetime.date(2023, 11, 27)
// $p3 = '\uffff'
// $p4 = 11
// $p5 = datetime.date(2023, 11, 27)
// $p6 = '\uffff'
