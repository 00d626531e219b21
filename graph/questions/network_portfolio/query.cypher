// All collaborations of $city on $on, and the terms of its memberships in each network.
//
// networks        those with a membership of any standing on $on, including those applied for; as in cost_per_network, with
//                 the fee rules of the network
// missing         of the city's collaborations; empty without $with_missing
// answers         of the themes of all collaborations, and of $themes
//
// Without $with_sources, the sources of the terms are empty.

OPTIONAL MATCH (city:City {id: $city})

CALL () {
  UNWIND coalesce($themes, []) AS id
  OPTIONAL MATCH (theme:Theme {id: id})
  RETURN collect(theme IS NOT NULL) AS themes_known
}

@include reach

// The city's memberships, by network.
CALL (city) {
  MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(network:Network)
  WHERE m.possibleFrom <= $on AND $on < m.standsUntil
  CALL (m) {
    @include membership_cost
  }
  WITH network, m, membership
  ORDER BY m.shownFrom, m.id
  WITH network, collect(membership) AS memberships
  CALL (network) {
    @include fee_rules
  }
  WITH network, memberships, rules
  ORDER BY network.id
  RETURN collect({network: network.id, memberships: memberships, rules: rules}) AS networks
}

@include missing_nodes

// The themes, each with its matching themes: itself, narrower themes and close matches.
CALL (collaborations) {
  UNWIND coalesce($themes, []) + reduce(all = [], part IN collaborations | all + [addressed IN part.themes | addressed.theme])
    AS id
  WITH DISTINCT id
  MATCH (theme:Theme {id: id})
  CALL (theme) {
    @include answering_themes
  }
  WITH id, answering.id AS answering, min(basis) AS basis
  ORDER BY id, answering
  WITH id, collect({theme: answering, basis: basis_name(basis)}) AS answering
  RETURN collect({theme: id, answering: answering}) AS answers
}
RETURN city IS NOT NULL AS city_known, city.population AS population, themes_known, collaborations, networks, missing,
       answers
