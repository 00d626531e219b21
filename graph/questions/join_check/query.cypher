// All collaborations of $city on $on, and the data of $network: cities, themes, terms and fee rules.
//
// members, themes   of the network; the members exclude the city and are not sorted
// members_complete  whether the list of members is complete
// memberships       those of the city in the network, with any dates and status; as in cost_per_network
// missing           of the city's collaborations; empty without $with_missing
// rules             fee rules, except those that certainly begin after the day or have certainly ended by it
// answers           of the themes of all collaborations and of the network
//
// Without $with_sources, the sources of the terms are empty.

OPTIONAL MATCH (city:City {id: $city})
OPTIONAL MATCH (network:Network {id: $network})

@include reach

// The network.
CALL (network) {
  MATCH (network)<-[:IN]-(m:Membership)<-[:HOLDS]-(member:City)
  WHERE is_counted(m) AND ($include_applied OR m.status <> 'APPLIED')
  // No condition on the id of a matched city, and no order: Neo4j would read all cities from the index of ids.
  WITH DISTINCT member.id AS member
  WHERE member <> $city
  RETURN collect(member) AS members
}
CALL (network) {
  MATCH (network)-[link:ADDRESSES]->(theme:Theme)
  WITH theme.id AS theme, link.basis AS basis
  ORDER BY theme
  RETURN collect({theme: theme, basis: basis}) AS themes
}
CALL (city, network) {
  MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(network)
  WHERE m.shownFrom IS NOT NULL
  CALL (m) {
    @include membership_cost
  }
  WITH m, membership
  ORDER BY m.shownFrom, m.id
  RETURN collect(membership) AS memberships
}
CALL (network) {
  @include fee_rules
}

@include missing_nodes

// The themes, each with its matching themes: itself, narrower themes and close matches.
CALL (collaborations, themes) {
  UNWIND reduce(all = themes, part IN collaborations | all + part.themes) AS addressed
  WITH DISTINCT addressed.theme AS id
  MATCH (theme:Theme {id: id})
  CALL (theme) {
    @include answering_themes
  }
  WITH id, answering.id AS answering, min(basis) AS basis
  ORDER BY id, answering
  WITH id, collect({theme: answering, basis: basis_name(basis)}) AS answering
  RETURN collect({theme: id, answering: answering}) AS answers
}
RETURN city IS NOT NULL AS city_known, network IS NOT NULL AS network_known,
       city.population AS population, city.populationYear AS population_year, collaborations, members, themes,
       coalesce(network.rosterComplete AND network.rosterAttestedOn = $on, false) AS members_complete,
       memberships, missing, rules, answers
