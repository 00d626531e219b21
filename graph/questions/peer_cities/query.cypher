// Which cities share with a city, on a day, a collaboration that addresses a theme; the most shared first.
//
// Parameters
//   $city             text   id of a City
//   $theme            text   id of a Theme
//   $on               date   the day
//   $include_applied  bool   whether memberships APPLIED for count, on both sides
//   $evidence, $proofs  bool  whether these are wanted; where not, they are empty
//   $after, $before   list   keys of the rows between which the page lies, or null
//   $first, $last     int    the length of the page from its start or from its end; the other one is null
//
// Columns (one row)
//   city_known, theme_known  bool  whether the two ids exist
//   themes   list  the theme and those that answer to it: {theme, match}
//   total    int   peers on all pages
//   offset  int   peers before the page
//   rows     list  {sort_key, city, shared, rarity, lower_bound, evidence}; rarity is the sum over the shared
//                  collaborations of 1 / (member cities on that day - 1), to 12 decimals
//     evidence  {collaboration, kind, themes: [{theme, match}], members, roster_complete,
//                standing, proofs, peer_standing, peer_proofs}
//
// Leaves out what no source shows in force on any day, and memberships held by a body the city is part of.

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
  WITH themes, shared, kind, CASE WHEN $proofs THEN proofs ELSE [] END AS proofs, in_force
  ORDER BY proofs
  WITH themes, shared, kind, max(CASE WHEN in_force THEN 1 ELSE 0 END) AS in_force,
       reduce(all = [], each IN collect(proofs) | all + each) AS proofs
  WITH shared, kind, in_force, proofs, themes, [(shared)-[:ADDRESSES]->(addressed:Theme) | addressed.id] AS addressed
  WITH shared, kind, in_force, proofs, [each IN themes WHERE each.theme IN addressed] AS hits
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
    WITH member, CASE WHEN $proofs THEN proofs ELSE [] END AS proofs, in_force
    ORDER BY proofs
    WITH member, max(CASE WHEN in_force THEN 1 ELSE 0 END) AS in_force,
         reduce(all = [], each IN collect(proofs) | all + each) AS proofs
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
       collect(CASE WHEN $evidence THEN {
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

// The page.
WITH city, theme, themes, ranked,
     [row IN ranked WHERE ($after IS NULL OR row.sort_key > $after) AND ($before IS NULL OR row.sort_key < $before)] AS span
WITH city, theme, themes, ranked,
     CASE WHEN $last IS NULL THEN span[0..$first] WHEN size(span) > $last THEN span[size(span) - $last..] ELSE span END
       AS rows
RETURN city IS NOT NULL AS city_known, theme IS NOT NULL AS theme_known, themes, size(ranked) AS total,
       CASE WHEN $last IS NULL THEN size([row IN ranked WHERE NOT row.sort_key > $after])
            ELSE size([row IN ranked WHERE $before IS NULL OR row.sort_key < $before]) - size(rows) END AS offset, rows
