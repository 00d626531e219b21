// All collaborations of $city on $on, and its memberships in $network with their terms.
//
// memberships     those with any standing on $on, including those applied for; as in cost_per_network
// missing         of the city's collaborations; empty without $with_missing
// answers         of the themes of all collaborations
//
// Without $with_sources, the sources of the terms are empty.

OPTIONAL MATCH (city:City {id: $city})
OPTIONAL MATCH (network:Network {id: $network})

@include reach

// The city's memberships in the network.
CALL (city, network) {
  MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(network)
  WHERE m.possibleFrom <= $on AND $on < m.standsUntil
  CALL (m) {
    @include membership_cost
  }
  WITH m, membership
  ORDER BY m.shownFrom, m.id
  RETURN collect(membership) AS memberships
}

@include missing_nodes

@include reach_answers
RETURN city IS NOT NULL AS city_known, network IS NOT NULL AS network_known, collaborations, memberships, missing,
       answers
