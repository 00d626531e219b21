// The shared members and the matching themes of the pairs on the page.
//
// evidence  empty without $with_evidence; if the members are units, the standing is null and the proofs are citations
// themes    of the network, with the matching themes of the other; empty without $with_themes
// themes_known  whether themes of both networks are recorded
CALL (rows) {
  UNWIND rows AS row
  WITH row // `rows` is dropped, because a sort would store it with every row.
  MATCH (network:Network {id: row.one.id})
  MATCH (other:Network {id: row.two.id})
  CALL (network, other) {
    UNWIND CASE WHEN $with_evidence THEN [true] ELSE [] END AS wanted
    CALL (network, other) {
      MATCH (network)<-[:IN]-(m:Membership)<-[:HOLDS]-(member:City)-[:HOLDS]->(n:Membership)-[:IN]->(other)
      WHERE is_counted(m)
        AND is_counted(n)
        AND ($include_applied OR (m.status <> 'APPLIED' AND n.status <> 'APPLIED'))
      UNWIND [[0, m], [1, n]] AS held
      WITH member.id AS member, held[0] AS side, held[1] AS membership
      WITH DISTINCT member, side, membership.id AS proof,
           standing_of(membership) AS standing
      ORDER BY side, proof
      WITH member, side, collect(proof) AS proofs, min(standing) AS standing
      RETURN member, side, proofs, standing
      UNION ALL
      MATCH (network)<-[p:TAKES_PART_IN]-(member)-[q:TAKES_PART_IN]->(other)
      WHERE network.kind = 'LOCAL' AND other.kind = 'LOCAL'
      RETURN member.id AS member, 0 AS side, coalesce(p.sources, []) + coalesce(q.sources, []) AS proofs,
             null AS standing
    }
    WITH member, side, proofs, standing
    ORDER BY side
    WITH member, max(standing) AS standing, reduce(all = [], ids IN collect(proofs) | all + ids) AS proofs
    ORDER BY member
    RETURN collect({
      member: member, proofs: proofs,
      standing: standing_name(standing)
    }) AS evidence
  }
  CALL (network, other) {
    UNWIND CASE WHEN $with_themes THEN [true] ELSE [] END AS wanted
    CALL (network, other) {
      UNWIND [[network, other], [other, network]] AS sides
      WITH network, sides[0] AS one, sides[1] AS two
      MATCH (one)-[link:ADDRESSES]->(theme:Theme)
      CALL (theme) {
        @include answering_themes
      }
      MATCH (answering)<-[other_link:ADDRESSES]-(two)
      RETURN CASE WHEN one.id = network.id THEN [theme.id, answering.id] ELSE [answering.id, theme.id] END AS meeting, rank,
             [basis, basis_of(link), basis_of(other_link)] AS bases
    }
    WITH meeting, min([rank, reduce(weakest = 0, basis IN bases | CASE WHEN basis > weakest THEN basis ELSE weakest END)]) AS reason
    ORDER BY meeting
    RETURN collect({
      theme: meeting[0], other: meeting[1], match: ['EXACT', 'NARROWER', 'CLOSE_MATCH'][reason[0]],
      basis: basis_name(reason[1])
    }) AS themes
  }
  WITH row, evidence, themes,
       EXISTS { (network)-[:ADDRESSES]->(:Theme) } AND EXISTS { (other)-[:ADDRESSES]->(:Theme) } AS themes_known
  ORDER BY row.sort_key
  RETURN collect({
    sort_key: row.sort_key, level: row.one.level, network: row.one.id, other: row.two.id, shared: row.shared,
    jaccard: row.jaccard, newman: row.newman,
    overlap_coefficient: toFloat(row.shared)
      / CASE WHEN row.one.members < row.two.members THEN row.one.members ELSE row.two.members END,
    members: row.one.members, other_members: row.two.members,
    members_complete: row.one.complete, other_members_complete: row.two.complete, evidence: evidence, themes: themes,
    themes_known: themes_known
  }) AS details
}
RETURN city_known, network_known, with_known, total, offset, details AS rows
