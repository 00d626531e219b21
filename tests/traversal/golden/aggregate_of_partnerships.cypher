CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:City {id: id2})
  CALL (n3) {
    MATCH (n3)-[r6:PARTNER_IN]->(n5:Project)
    WHERE n5.shownFrom <= $p2 AND $p2 < n5.standsUntil AND $p2 < n5.lapsesOn
    WITH count(*) AS a7, collect(CASE WHEN r6.budget IS NOT NULL THEN [r6.budgetCurrency, r6.budget] END) AS a8, collect(CASE WHEN r6.budget IS NOT NULL THEN r6.sources END) AS a9
    CALL (a8) {
      UNWIND a8 AS v11
      WITH v11[0] AS k12, count(v11[1]) AS a13, sum(v11[1]) AS a14, min(v11[1]) AS a15, max(v11[1]) AS a16
      ORDER BY k12
      RETURN collect([k12, a13, a14, a15, a16]) AS x10
    }
    CALL (a9) {
      UNWIND a9 AS v18
      UNWIND v18 AS id20
      WITH DISTINCT id20
      MATCH (n19:Citation {id: id20})
      WITH DISTINCT n19 ORDER BY n19.id LIMIT $p3
      RETURN collect([n19.id, n19.quote]) AS x17
    }
    RETURN [a7, x10, x17] AS x4
  }
  RETURN collect([n3.id, [x4]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['City:vantaa']
// $p2 = datetime.date(2023, 11, 27)
// $p3 = 5
