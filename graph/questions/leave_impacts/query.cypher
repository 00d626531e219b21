// All collaborations of $city on $on, and its memberships in each network with their terms.
//
// network_id      the network of a working group or project, or else the collaboration itself
// networks        by name, with the memberships of any standing on $on, including those applied for; as in
//                 cost_per_network
// missing         of the city's collaborations; empty without $with_missing
// answers         of the themes of all collaborations
//
// Without $with_sources, the sources of the terms are empty.

OPTIONAL MATCH (city:City {id: $city})

@include reach

CALL (city) {
  MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(network:Network)
  WHERE m.possibleFrom <= $on AND $on < m.standsUntil
  CALL (m) {
    @include membership_cost
  }
  WITH network, m, membership
  ORDER BY m.shownFrom, m.id
  WITH network, collect(membership) AS memberships
  ORDER BY coalesce(network.nameSort, ''), network.id
  RETURN collect({network: network.id, memberships: memberships}) AS networks
}

@include missing_nodes

@include reach_answers
RETURN city IS NOT NULL AS city_known, collaborations, networks, missing, answers
