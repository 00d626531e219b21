// All pairs of $city's collaborations on $on that share a theme, in order.
//
// Excludes the pairs of a network with its working groups, its projects and its successors, the pairs of working groups
// of one network, and pairs that are part of another pair.
//
// fees           of each membership term that states the fee of the year of $on, as in cost_per_network
// shared_themes  the themes of one that match a theme of the other, counted on the side with fewer of them
// parts          the working groups and projects in the pairs that are part of this pair
// same_unit      null if the unit of one or both is unknown
// missing        empty without $with_missing, as fees without $with_fees; sources are incomplete without $with_sources

OPTIONAL MATCH (city:City {id: $city})

// The city's collaborations, each with the city's units, the peers, the citations and the fees.
CALL (city) {
  CALL (city) {
    @include collaborations
  }
  CALL (kind, proofs) {
    UNWIND CASE WHEN $with_sources AND kind IN ['NETWORK', 'TWINNING'] THEN proofs ELSE [] END AS proof
    CALL (proof) {
      MATCH (fact:Membership {id: proof})-[:CITES]->(source:Citation)
      RETURN source.id AS source
      UNION ALL
      MATCH (fact:Twinning {id: proof})-[:CITES]->(source:Citation)
      RETURN source.id AS source
    }
    WITH source
    ORDER BY source
    RETURN collect(source) AS cited
  }
  WITH city, node, kind, proofs, standing, shown, unit,
       CASE WHEN kind IN ['NETWORK', 'TWINNING'] THEN cited ELSE proofs END AS citations
  ORDER BY proofs, unit
  WITH city, node, kind, min(standing) AS standing,
       toString(
         @include nearest_shown
       ) AS shown_on,
       collect(DISTINCT unit) AS taking_part,
       reduce(all = [], ids IN collect(proofs) | all + ids) AS proofs,
       reduce(all = [], ids IN collect(citations) | all + ids) AS citations
  CALL (city, node) {
    MATCH (city)<-[:OF]-(unit:Unit)-[:CONTACT_FOR]->(node)
    WITH DISTINCT unit.id AS contact
    ORDER BY contact
    RETURN collect(contact) AS contacts
  }
  WITH node, kind, standing, shown_on, proofs, citations, contacts + taking_part AS units
  CALL (node) {
    CALL (node) {
      @include roster
    }
    WITH DISTINCT member.id AS peer
    WHERE peer <> $city
    WITH peer
    ORDER BY peer
    RETURN collect(peer) AS peers
  }
  CALL (kind, proofs) {
    UNWIND CASE WHEN $with_fees AND kind = 'NETWORK' THEN proofs ELSE [] END AS proof
    MATCH (:Membership {id: proof})<-[:UNDER]-(term:MembershipTerm)
    WHERE term.chargedFrom <= $on.year AND $on.year <= term.chargedUntil
    // A fee stated only for the whole term is the yearly fee if the term is charged in one calendar year.
    WITH term, COLLECT { MATCH (term)-[:CITES]->(source:Citation) RETURN source.id ORDER BY source.id } AS sources,
         term.annualFee IS NULL AND term.chargedFrom = term.chargedUntil AS within_year
    WITH term, sources, CASE WHEN within_year THEN term.totalFee ELSE term.annualFee END AS minor,
         CASE WHEN within_year THEN term.totalFeeCurrency ELSE term.annualFeeCurrency END AS currency
    ORDER BY term.id
    RETURN collect({
      term: term.id, sources: sources,
      fee: CASE WHEN minor IS NULL OR currency IS NULL THEN null ELSE {currency: currency, minor: minor} END
    }) AS fees
  }
  CALL (node) {
    MATCH (node)-[:PART_OF|RUN_UNDER]->(whole:Network)
    RETURN collect(DISTINCT whole.id) AS wholes
  }
  RETURN collect(node.id) AS ids, collect({node: node, id: node.id, wholes: [node.id] + wholes, peers: peers, units: units, side: {
    collaboration: node.id, kind: kind, proofs: proofs, units: units, fees: fees, sources: citations,
    standing: standing_name(standing), shown_on: shown_on
  }}) AS doings
}

// The pairs with a theme in common. Each theme is followed once, however many collaborations address it.
CALL (doings, ids) {
  UNWIND doings AS doing
  WITH doing.node AS node, ids
  MATCH (node)-[link:ADDRESSES]->(theme:Theme)
  WITH theme, ids, collect({node: node, basis: basis_of(link)}) AS links
  CALL (theme) {
    @include answering_themes
  }
  MATCH (answering)<-[other_link:ADDRESSES]-(met)
  WHERE met.id IN ids
  UNWIND links AS link
  WITH link.node AS node, met, theme.id AS theme, answering.id AS answering, rank,
       [basis, link.basis, basis_of(other_link)] AS bases
  WHERE node.id <> met.id
  WITH CASE WHEN node.id < met.id THEN node ELSE met END AS one, CASE WHEN node.id < met.id THEN met ELSE node END AS two,
       CASE WHEN node.id < met.id THEN [theme, answering] ELSE [answering, theme] END AS meeting,
       [rank, reduce(weakest = 0, basis IN bases | CASE WHEN basis > weakest THEN basis ELSE weakest END)] AS found
  WITH one, two, meeting, min(found) AS reason
  ORDER BY meeting
  // The conditions on the two collaborations are tested once for each pair, and not once for each theme.
  WITH one, two, count(DISTINCT meeting[0]) AS of_one, count(DISTINCT meeting[1]) AS of_two,
       collect({
         theme: meeting[0], other: meeting[1], match: ['EXACT', 'NARROWER', 'CLOSE_MATCH'][reason[0]],
         basis: basis_name(reason[1])
       }) AS themes
  WHERE NOT EXISTS { (one)-[:PART_OF|RUN_UNDER]-(two) }
    AND NOT EXISTS { (one:WorkingGroup)-[:PART_OF]->(:Network)<-[:PART_OF]-(two:WorkingGroup) }
    AND NOT EXISTS { (one)-[:SUCCEEDS*1..]->(two) }
    AND NOT EXISTS { (two)-[:SUCCEEDS*1..]->(one) }
  RETURN collect({
    one: one.id, two: two.id, themes: themes, shared_themes: CASE WHEN of_one < of_two THEN of_one ELSE of_two END
  }) AS met_pairs
}

// What the two collaborations of each pair have in common.
CALL (doings, met_pairs) {
  UNWIND met_pairs AS pair
  WITH [doing IN doings WHERE doing.id = pair.one][0] AS one, [doing IN doings WHERE doing.id = pair.two][0] AS two,
       pair.themes AS themes, pair.shared_themes AS shared_themes
  WITH one, two, themes, shared_themes, [peer IN one.peers WHERE peer IN two.peers] AS peers,
       [unit IN one.units WHERE unit IN two.units] AS units
  RETURN collect({
    one: one.id, two: two.id, of_one: one.wholes, of_two: two.wholes, side_one: one.side, side_two: two.side,
    themes: themes, shared_themes: shared_themes, ids: reduce(ids = [], shared IN themes | ids + [shared.theme, shared.other]),
    peers: peers, units: units, is_strong: size(peers) > 0 OR size(units) > 0,
    units_known: size(one.units) > 0 AND size(two.units) > 0
  }) AS pairs
}

// A pair is part of another pair that shares the same themes and is as strong, if each of its collaborations is in that
// pair, or belongs to a network in it.
CALL (pairs) {
  UNWIND pairs AS part
  WITH part, pairs
  WHERE size(part.of_one) > 1 OR size(part.of_two) > 1  // other collaborations belong to no network
  WITH part, [whole IN pairs
    WHERE (whole.one <> part.one OR whole.two <> part.two)
      AND ((whole.one IN part.of_one AND whole.two IN part.of_two)
        OR (whole.one IN part.of_two AND whole.two IN part.of_one))
      AND (whole.is_strong OR NOT part.is_strong)
      AND all(shared IN part.themes WHERE shared.theme IN whole.ids OR shared.other IN whole.ids)
    | [whole.one, whole.two]] AS wholes
  WHERE size(wholes) > 0
  RETURN collect({one: part.one, two: part.two, wholes: wholes}) AS nested
}
// Being part of a pair is not transitive: a pair is left out only if a pair that is not left out contains it. A pair of
// two networks is never part of another pair, so a chain has at most three pairs.
CALL (nested) {
  UNWIND nested AS part
  WITH part, [other IN nested | [other.one, other.two]] AS nested_ids
  WITH part, [whole IN part.wholes WHERE NOT whole IN nested_ids] AS wholes
  WHERE size(wholes) > 0
  RETURN collect({one: part.one, two: part.two, wholes: wholes}) AS contained
}
// The pairs that are left, with their scores.
CALL (pairs, contained) {
  UNWIND pairs AS pair
  WITH pair, contained, [part IN contained WHERE part.one = pair.one AND part.two = pair.two] AS own
  WHERE size(own) = 0
  CALL (pair, contained) {
    UNWIND contained AS part
    WITH part, pair
    WHERE [pair.one, pair.two] IN part.wholes
    UNWIND [part.one, part.two] AS id
    WITH DISTINCT id, pair
    WHERE id <> pair.one AND id <> pair.two
    WITH id
    ORDER BY id
    RETURN collect(id) AS parts
  }
  WITH pair, parts, CASE WHEN size(pair.units) > 0 THEN true WHEN pair.units_known THEN false ELSE null END AS same_unit
  WITH pair, parts, same_unit,
       pair.shared_themes * (1 + size(pair.peers)) * CASE WHEN coalesce(same_unit, false) THEN 1.5 ELSE 1.0 END AS score
  WITH pair, parts, same_unit, score, [-score, pair.one, pair.two] AS sort_key
  ORDER BY sort_key
  RETURN collect({
    sort_key: sort_key, score: score, one: pair.side_one, two: pair.side_two, shared_themes: pair.shared_themes,
    themes: pair.themes, parts: parts, peers: pair.peers, same_unit: same_unit, units: pair.units
  }) AS ranked
}

@include missing_nodes

RETURN city IS NOT NULL AS city_known, {missing: missing} AS about, ranked
