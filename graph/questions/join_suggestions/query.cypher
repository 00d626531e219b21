// All collaborations of $city on $on, and the themes of all networks of cities.
//
// networks   those with themes; local networks are excluded, because their members are not cities
// own        the memberships of the city, with any dates and status
// missing    of the city's collaborations; empty without $with_missing
// answers    of the themes of all networks

OPTIONAL MATCH (city:City {id: $city})

@include reach

CALL (city) {
  MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(network:Network)
  WITH network, m
  ORDER BY m.id
  WITH network, collect(m.id) AS memberships
  ORDER BY network.id
  RETURN collect({network: network.id, memberships: memberships}) AS own
}

CALL () {
  MATCH (network:Network)-[link:ADDRESSES]->(theme:Theme)
  WITH network, theme.id AS theme, link.basis AS basis
  ORDER BY network.id, theme
  WITH network, collect({theme: theme, basis: basis}) AS themes
  ORDER BY network.id
  RETURN collect({network: network.id, themes: themes}) AS networks
}

@include missing_nodes

// The themes, each with its matching themes: itself, narrower themes and close matches.
CALL (networks) {
  UNWIND reduce(all = [], network IN networks | all + network.themes) AS addressed
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
RETURN city IS NOT NULL AS city_known, collaborations, own, networks, missing, answers
