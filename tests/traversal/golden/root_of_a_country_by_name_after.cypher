CALL () {
  MATCH (n2:City)
  WHERE (n2.population >= $p1 AND n2.country = $p2) AND (NOT (n2.nameSort < $p3) AND (n2.nameSort > $p3 OR NOT (n2.id <= $p4)))
  WITH n2, n2.nameSort AS k3
  ORDER BY k3, n2.id
  LIMIT $p5
  CALL (n2) {
    MATCH (n2)-[:PART_OF]->(n5:CityGroup|Organisation)
    WITH n5 ORDER BY n5.id
    RETURN collect([n5.id, labels(n5)[0], coalesce(n5.nameEn, n5.nameSv, n5.nameFi)]) AS x4
  }
  RETURN collect([[n2.id, coalesce(n2.nameEn, n2.nameSv, n2.nameFi), x4]]) AS x1
}
CALL () {
  MATCH (n7:City)
  WHERE (n7.population >= $p6 AND n7.country = $p7)
  RETURN count(*) AS x6
}
RETURN [x1, x6] AS answer
// $p1 = 100000
// $p2 = 'FI'
// $p3 = 'espoo'
// $p4 = 'City:espoo'
// $p5 = 3
// $p6 = 100000
// $p7 = 'FI'
