CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Network {id: id2})
  CALL (n3) {
    MATCH (n3)<-[:IN]-(m5:Membership)<-[:HOLDS]-(n6:City)
    WHERE m5.shownFrom <= $p2 AND $p2 < m5.standsUntil AND $p2 < m5.lapsesOn AND m5.status <> 'APPLIED'
    WITH count(*) AS a7, count(n6.population) AS a8, sum(n6.population) AS a9, min(n6.population) AS a10, max(n6.population) AS a11, count(m5.validUntil) AS a12, toString(min(m5.validUntil)) AS a13, toString(max(m5.validUntil)) AS a14, count(CASE WHEN m5.validUntil IS NULL AND m5.validUntilBound = 'OPEN' THEN 1 END) AS a15
    RETURN [a7, [a8, a9, a10, a11], [a12, a13, a14, a15]] AS x4
  }
  RETURN collect([n3.id, [x4]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['Network:eccar']
// $p2 = datetime.date(2023, 11, 27)
