// All cities that share with $city, on $on, a collaboration that addresses $theme, in order.
//
// rarity    to 12 decimals
// themes    of evidence: {theme, match}
// evidence  empty without $with_evidence; its proofs are empty without $with_proofs

OPTIONAL MATCH (city:City {id: $city})
OPTIONAL MATCH (theme:Theme {id: $theme})

// The themes that answer, each with its first reason.
CALL (theme) {
  CALL (theme) {
    MATCH (theme)<-[steps:BROADER*0..]-(answering:Theme)
    RETURN answering.id AS id, CASE WHEN size(steps) = 0 THEN 0 ELSE 1 END AS rank
    UNION
    MATCH (theme)<-[:BROADER*0..]-(:Theme)-[:CLOSE_MATCH]-(answering:Theme)
    RETURN answering.id AS id, 2 AS rank
  }
  WITH id, min(rank) AS rank
  ORDER BY rank, id
  RETURN collect({theme: id, match: ['EXACT', 'NARROWER', 'CLOSE_MATCH'][rank]}) AS themes
}

CALL (city, themes) {
  // The city's own collaborations.
  CALL (city) {
    MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(shared:Network)
    WHERE m.shownFrom <= $on AND (m.standsUntil IS NULL OR $on < m.standsUntil)
      AND ($include_applied OR m.status <> 'APPLIED')
    RETURN shared, 'NETWORK' AS kind, [m.id] AS proofs, m.shownUntil IS NULL OR $on < m.shownUntil AS in_force
    UNION ALL
    MATCH (city)-[p:PARTICIPATES_IN]->(shared:WorkingGroup)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.standsUntil IS NULL OR $on < p.standsUntil)
      AND (shared.standsUntil IS NULL OR $on < shared.standsUntil)
    RETURN shared, 'WORKING_GROUP' AS kind, coalesce(p.sources, []) AS proofs,
           p.shownUntil IS NULL OR $on < p.shownUntil AS in_force
    UNION ALL
    MATCH (city)-[p:PARTNER_IN]->(shared:Project)
    WHERE shared.shownFrom <= $on AND (shared.standsUntil IS NULL OR $on < shared.standsUntil)
    RETURN shared, 'PROJECT' AS kind, coalesce(p.sources, []) AS proofs,
           shared.shownUntil IS NULL OR $on < shared.shownUntil AS in_force
    UNION ALL
    MATCH (city)<-[:JOINS]-(shared:Twinning)
    WHERE shared.shownFrom <= $on AND (shared.standsUntil IS NULL OR $on < shared.standsUntil)
    RETURN shared, 'TWINNING' AS kind, [shared.id] AS proofs,
           shared.shownUntil IS NULL OR $on < shared.shownUntil AS in_force
  }
  WITH themes, shared, kind, CASE WHEN $with_proofs THEN proofs ELSE [] END AS proofs, in_force
  ORDER BY proofs
  WITH themes, shared, kind, max(CASE WHEN in_force THEN 1 ELSE 0 END) AS in_force,
       reduce(all = [], ids IN collect(proofs) | all + ids) AS proofs
  WITH shared, kind, in_force, proofs, themes, [(shared)-[:ADDRESSES]->(addressed:Theme) | addressed.id] AS addressed
  WITH shared, kind, in_force, proofs, [hit IN themes WHERE hit.theme IN addressed] AS hits
  WHERE size(hits) > 0

  // Everyone who takes part in each of them.
  CALL (shared) {
    CALL (shared) {
      MATCH (shared:Network)<-[:IN]-(m:Membership)<-[:HOLDS]-(member:City)
      WHERE m.shownFrom <= $on AND (m.standsUntil IS NULL OR $on < m.standsUntil)
        AND ($include_applied OR m.status <> 'APPLIED')
      RETURN member, [m.id] AS proofs, m.shownUntil IS NULL OR $on < m.shownUntil AS in_force
      UNION ALL
      MATCH (shared:WorkingGroup)<-[p:PARTICIPATES_IN]-(member:City)
      WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.standsUntil IS NULL OR $on < p.standsUntil)
      RETURN member, coalesce(p.sources, []) AS proofs, p.shownUntil IS NULL OR $on < p.shownUntil AS in_force
      UNION ALL
      MATCH (shared:Project)<-[p:PARTNER_IN]-(member:City)
      RETURN member, coalesce(p.sources, []) AS proofs,
             shared.shownUntil IS NULL OR $on < shared.shownUntil AS in_force
      UNION ALL
      MATCH (shared:Twinning)-[:JOINS]->(member:City)
      RETURN member, [shared.id] AS proofs, shared.shownUntil IS NULL OR $on < shared.shownUntil AS in_force
    }
    WITH member, CASE WHEN $with_proofs THEN proofs ELSE [] END AS proofs, in_force
    ORDER BY proofs
    WITH member, max(CASE WHEN in_force THEN 1 ELSE 0 END) AS in_force,
         reduce(all = [], ids IN collect(proofs) | all + ids) AS proofs
    RETURN collect({member: member, in_force: in_force, proofs: proofs}) AS roster
  }
  WITH shared, kind, in_force, proofs, hits, roster, size(roster) AS members,
       kind = 'TWINNING' OR coalesce(shared.rosterComplete AND shared.rosterAttestedOn = $on, false) AS complete
  ORDER BY kind, shared.id
  UNWIND roster AS entry
  WITH entry, entry.member AS peer, shared, kind, in_force, proofs, hits, members, complete
  WHERE peer.id <> $city
  WITH peer, count(*) AS shared_count, round(sum(1.0 / (members - 1)), 12) AS rarity,
       max(CASE WHEN complete THEN 0 ELSE 1 END) = 1 AS lower_bound,
       collect(CASE WHEN $with_evidence THEN {
         collaboration: shared.id, kind: kind, themes: hits, members: members, roster_complete: complete,
         standing: CASE in_force WHEN 1 THEN 'IN_FORCE' ELSE 'ATTESTED_EARLIER' END, proofs: proofs,
         peer_standing: CASE entry.in_force WHEN 1 THEN 'IN_FORCE' ELSE 'ATTESTED_EARLIER' END,
         peer_proofs: entry.proofs
       } ELSE null END) AS evidence
  WITH peer, shared_count, rarity, lower_bound, evidence,
       [-shared_count, -rarity, coalesce(peer.nameSort, ''), peer.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({
    sort_key: sort_key, city: peer.id, shared: shared_count, rarity: rarity, lower_bound: lower_bound, evidence: evidence
  }) AS ranked
}

RETURN city IS NOT NULL AS city_known, theme IS NOT NULL AS theme_known, ranked
