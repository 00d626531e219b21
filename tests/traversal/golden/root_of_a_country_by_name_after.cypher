CALL () {
  MATCH (n4:City)
  WHERE (n4.population >= $p1 AND n4.country = $p2)
  WITH collect([n4.nameSort, n4.id]) AS x1
  CALL (x1) {
    UNWIND x1 AS r5
    WITH r5[0] AS k7, r5[1] AS id6
    WHERE (NOT (k7 < $p3) AND (k7 > $p3 OR NOT (id6 <= $p4)))
    WITH k7, id6
    ORDER BY k7, id6
    LIMIT $p5
    MATCH (n4:City {id: id6})
    WITH n4, k7, id6
    ORDER BY k7, id6
    CALL (n4) {
      MATCH (n4)-[:PART_OF]->(n9:CityGroup|Organisation)
      WITH n9 ORDER BY n9.id
      RETURN collect([n9.id, labels(n9)[0], coalesce(n9.nameEn, n9.nameSv, n9.nameFi)]) AS x8
    }
    RETURN collect([[n4.id, coalesce(n4.nameEn, n4.nameSv, n4.nameFi), x8]]) AS x2
  }
  RETURN x2, size(x1) AS x3
}
RETURN [x2, x3] AS answer
// $p1 = 100000
// $p2 = 'FI'
// $p3 = 'espoo'
// $p4 = 'City:espoo'
// $p5 = 3
