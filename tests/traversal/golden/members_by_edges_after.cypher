CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:Network {id: id2})
  CALL (n3) {
    MATCH (n3)<-[:IN]-(m5:Membership)<-[:HOLDS]-(n6:City)
    WHERE m5.shownFrom <= $p2 AND $p2 < m5.standsUntil AND $p2 < m5.lapsesOn AND m5.status <> 'APPLIED' AND m5.status = $p3 AND NOT (coalesce(m5.attestedOn < $p4, false))
    WITH n6, m5, CASE WHEN $p2 < m5.shownFrom THEN 3 WHEN $p2 < m5.shownUntil THEN 0 WHEN $p2 < m5.lapsesOn THEN 1 ELSE 2 END AS k7, CASE m5.grade WHEN 'OBSERVER' THEN 0 WHEN 'CANDIDATE' THEN 1 WHEN 'PARTNER' THEN 2 WHEN 'ASSOCIATE' THEN 3 WHEN 'PARTICIPANT' THEN 4 WHEN 'FULL' THEN 5 WHEN 'PRIVILEGED' THEN 6 END AS k8, m5.validFrom AS k9
    WHERE (NOT (k7 < $p5) AND (k7 > $p5 OR ((k8 > $p6 OR k8 IS NULL) OR (k8 = $p6 AND (k9 IS NULL AND (NOT (n6.id < $p7) AND (n6.id > $p7 OR NOT (m5.id <= $p8))))))))
    WITH n6, m5, k7, k8, k9
    ORDER BY k7, k8 IS NULL, k8, k9 IS NULL, k9 DESC, n6.id, m5.id
    LIMIT $p9
    RETURN collect([[n6.id, coalesce(n6.nameEn, n6.nameSv, n6.nameFi)], [m5.id], ['IN_FORCE', 'ATTESTED_EARLIER', 'LONG_UNATTESTED', 'ATTESTED_LATER'][CASE WHEN $p2 < m5.shownFrom THEN 3 WHEN $p2 < m5.shownUntil THEN 0 WHEN $p2 < m5.lapsesOn THEN 1 ELSE 2 END], [k7, k8, k9]]) AS x4
  }
  CALL (n3) {
    MATCH (n3)<-[:IN]-(m11:Membership)<-[:HOLDS]-(n12:City)
    WHERE m11.shownFrom <= $p10 AND $p10 < m11.standsUntil AND $p10 < m11.lapsesOn AND m11.status <> 'APPLIED' AND m11.status = $p11 AND NOT (coalesce(m11.attestedOn < $p12, false))
    WITH n12, m11, CASE WHEN $p10 < m11.shownFrom THEN 3 WHEN $p10 < m11.shownUntil THEN 0 WHEN $p10 < m11.lapsesOn THEN 1 ELSE 2 END AS k13, CASE m11.grade WHEN 'OBSERVER' THEN 0 WHEN 'CANDIDATE' THEN 1 WHEN 'PARTNER' THEN 2 WHEN 'ASSOCIATE' THEN 3 WHEN 'PARTICIPANT' THEN 4 WHEN 'FULL' THEN 5 WHEN 'PRIVILEGED' THEN 6 END AS k14, m11.validFrom AS k15
    WHERE (NOT (k13 > $p13) AND (k13 < $p13 OR (NOT (k14 > $p14) AND (k14 < $p14 OR (k15 IS NOT NULL OR (k15 IS NULL AND (NOT (n12.id > $p15) AND (n12.id < $p15 OR NOT (m11.id > $p16)))))))))
    WITH n12, m11, k13, k14, k15
    WITH 1 AS one LIMIT 1
    RETURN count(*) AS x10
  }
  RETURN collect([n3.id, [x4, x10]]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['Network:eccar']
// $p2 = datetime.date(2023, 11, 27)
// $p3 = 'MEMBER'
// $p4 = datetime.date(2015, 1, 1)
// $p5 = 0
// $p6 = 5
// $p7 = 'City:oslo'
// $p8 = 'Membership:m'
// $p9 = 6
// $p10 = datetime.date(2023, 11, 27)
// $p11 = 'MEMBER'
// $p12 = datetime.date(2015, 1, 1)
// $p13 = 0
// $p14 = 5
// $p15 = 'City:oslo'
// $p16 = 'Membership:m'
