// What $city has by all its collaborations on $on, and its memberships in $network with their terms.
//
// $with_sources   where false, the terms' sources are empty
// memberships     those with any standing on $on, applied for or not; as in cost_per_network
// missing         of the city's collaborations; empty without $with_missing
// answers         of the themes of all collaborations

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
