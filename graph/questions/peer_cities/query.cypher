// All cities that share with $city, on $on, a collaboration that addresses $theme, in order.
//
// rarity    rounded to 12 decimals
// evidence  empty without $with_evidence; its proofs are empty without $with_proofs
// missing   of collaborations that address the theme, or may address it; empty without $with_missing

OPTIONAL MATCH (city:City {id: $city})
OPTIONAL MATCH (theme:Theme {id: $theme})

// The matching themes, each with its first reason.
CALL (theme) {
  CALL (theme) {
    @include answering_themes
  }
  WITH answering.id AS id, min([rank, basis]) AS reason
  ORDER BY reason[0], id
  RETURN collect({theme: id, match: ['EXACT', 'NARROWER', 'CLOSE_MATCH'][reason[0]], basis: reason[1]}) AS answers
}

CALL (city, answers) {
  // The city's own collaborations. They are not grouped by the list of themes, because Neo4j would store the list in
// every group.
  CALL (city) {
    CALL (city) {
      @include collaborations
    }
    WITH node AS shared, kind, CASE WHEN $with_proofs THEN proofs ELSE [] END AS proofs, standing, shown
    ORDER BY proofs
    RETURN shared, kind, min(standing) AS standing,
           toString(
             @include nearest_shown
           ) AS shown_on,
           reduce(all = [], ids IN collect(proofs) | all + ids) AS proofs
  }
  WITH shared, kind, standing, shown_on, proofs, answers,
       [(shared)-[link:ADDRESSES]->(theme:Theme) | {theme: theme.id, basis: basis_of(link)}] AS addressed
  WITH shared, kind, standing, shown_on, proofs,
       @include theme_hits
       AS hits
  WHERE size(hits) > 0

  // All participants of these collaborations.
  CALL (shared) {
    WITH shared AS node
    CALL (node) {
      @include roster
    }
    WITH member, CASE WHEN $with_proofs THEN proofs ELSE [] END AS proofs, standing,
         CASE WHEN $with_evidence THEN shown_on(part) END AS shown
    ORDER BY proofs
    WITH member, min(standing) AS standing,
         toString(
           @include nearest_shown
         ) AS shown_on,
         reduce(all = [], ids IN collect(proofs) | all + ids) AS proofs
    RETURN collect({member: member, standing: standing, shown_on: shown_on, proofs: proofs}) AS roster
  }
  WITH shared AS node, kind, standing, shown_on, proofs, hits, roster
  WITH node AS shared, kind, standing, shown_on, proofs, hits, roster, size(roster) AS members,
       @include participants_complete
       AS complete,
       CASE WHEN all(hit IN hits WHERE hit.basis = 'EDITORIAL') THEN 1 ELSE 0 END AS editorial
  ORDER BY kind, shared.id
  UNWIND roster AS entry
  WITH entry, entry.member AS peer, shared, kind, standing, shown_on, proofs, hits, members, complete, editorial
  WHERE peer.id <> $city
  WITH peer, count(*) AS shared_count, round(sum(1.0 / (members - 1)), 12) AS rarity,
       max(CASE WHEN complete THEN 0 ELSE 1 END) = 1 AS lower_bound,
       min(editorial) = 1 AS editorial_only,
       collect(CASE WHEN $with_evidence THEN {
         collaboration: shared.id, kind: kind, themes: hits, members: members, members_complete: complete,
         standing: standing_name(standing), shown_on: shown_on, proofs: proofs,
         peer_standing: standing_name(entry.standing), peer_shown_on: entry.shown_on,
         peer_proofs: entry.proofs
       } ELSE null END) AS evidence
  WITH peer, shared_count, rarity, lower_bound, editorial_only, evidence,
       [-shared_count, -rarity, coalesce(peer.nameSort, ''), peer.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({
    sort_key: sort_key, city: peer.id, shared: shared_count, rarity: rarity, lower_bound: lower_bound,
    editorial_only: editorial_only, evidence: evidence
  }) AS ranked
}

CALL (city, answers) {
  CALL (city) {
    @include missing
  }
  WITH node, kind, unknown, answers, [(node)-[:ADDRESSES]->(addressed:Theme) | addressed.id] AS addressed
  WHERE any(answer IN answers WHERE answer.theme IN addressed) OR (size(addressed) = 0 AND unknown <> 'ROSTER')
  WITH unknown, kind, node
  ORDER BY unknown, kind, node.id
  WITH unknown, kind, collect(node.id) AS nodes
  ORDER BY unknown, kind
  RETURN collect({unknown: unknown, kind: kind, nodes: nodes}) AS missing
}

RETURN city IS NOT NULL AS city_known, theme IS NOT NULL AS theme_known, {missing: missing} AS about, ranked
