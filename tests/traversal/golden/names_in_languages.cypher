CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:City {id: id2})
  RETURN collect([n3.id, n3.nameEn, coalesce(n3.nameEn, n3.nameSv, n3.nameFi), n3.nameFi, coalesce(n3.nameFi, n3.nameEn, n3.nameSv), n3.nameSv]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['City:vantaa']
