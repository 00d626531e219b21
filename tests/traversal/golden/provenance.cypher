CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Network {id: id2})
  OPTIONAL MATCH (n3)-[r5:SEATED_IN]->(n4:City)
  CALL (r5) {
    UNWIND r5.sources AS id7
    MATCH (n8:Citation {id: id7})
    WITH n8 ORDER BY n8.id
    OPTIONAL MATCH (n8)-[:FROM]->(n9:Document)
    RETURN collect([n8.id, n8.quote, [n9.id, coalesce(n9.nameEn, n9.nameSv, n9.nameFi), n9.url]]) AS x6
  }
  CALL (n3) {
    MATCH (n3)-[r12:REQUIRES]->(n11:Requirement)
    WITH n11, r12 ORDER BY n11.position IS NULL, n11.position, n11.id
    CALL (r12) {
      UNWIND r12.sources AS id14
      MATCH (n15:Citation {id: id14})
      WITH n15 ORDER BY n15.id
      OPTIONAL MATCH (n15)-[:FROM]->(n16:Document)
      RETURN collect([n15.id, n15.quote, [n16.id, coalesce(n16.nameEn, n16.nameSv, n16.nameFi), n16.url]]) AS x13
    }
    RETURN collect([n11.id, [r12.basis, x13]]) AS x10
  }
  CALL (n3) {
    MATCH (n3)-[:SERVES]->(n18:District)
    WITH n18 ORDER BY n18.id
    RETURN collect([n18.id]) AS x17
  }
  CALL (n3) {
    MATCH (n3)-[r21:ADDRESSES]->(n20:Theme)
    WITH n20, r21
    ORDER BY n20.id
    LIMIT $p2
    CALL (r21) {
      UNWIND r21.sources AS id23
      MATCH (n24:Citation {id: id23})
      WITH n24 ORDER BY n24.id
      OPTIONAL MATCH (n24)-[:FROM]->(n25:Document)
      RETURN collect([n24.id, n24.quote, [n25.id, coalesce(n25.nameEn, n25.nameSv, n25.nameFi), n25.url]]) AS x22
    }
    RETURN collect([[n20.id, coalesce(n20.nameEn, n20.nameSv, n20.nameFi)], [r21.basis, x22]]) AS x19
  }
  RETURN collect([n3.id, [n4.id, coalesce(n4.nameEn, n4.nameSv, n4.nameFi), [r5.basis, x6]], x10, x17, [x19]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['Network:eccar']
// $p2 = 10
