// All pairs of networks that share members on $on, in order.
//
// $city selects the pairs of networks that the city belongs to, and of its own local networks. $network selects the
// pairs that include the network, and $second that of both. $level selects the kind of members. A network and its successors, of any generation,
// are not a pair.
//
// $pairs  if given, the pairs of networks of cities, each {one, two, shared, newman} as below; the statement then does
//         not compute them
//
// Each row is {sort_key, one, two, shared, newman, jaccard}. details.cypher adds evidence and themes. `newman` is the
// sum over the shared members of 1 / (networks of that member on the day - 1), rounded to 12 decimals.

OPTIONAL MATCH (city:City {id: $city})
OPTIONAL MATCH (given:Network {id: $network})
OPTIONAL MATCH (second:Network {id: $second})

// The selected networks with their rosters. From here on, a network is identified by its position in the list, which is
// sorted by id.
CALL (city) {
  CALL (city) {
    UNWIND CASE WHEN $city IS NULL THEN [true] ELSE [] END AS every
    MATCH (network:Network)
    UNWIND CASE network.kind WHEN 'LOCAL' THEN ['CITIES', 'UNITS'] ELSE ['CITIES'] END AS level
    WITH network, level
    WHERE $pairs IS NULL OR level = 'UNITS'
    RETURN level, network
    UNION
    MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(network:Network)
    WHERE $pairs IS NULL AND is_counted(m)
      AND ($include_applied OR m.status <> 'APPLIED')
    RETURN 'CITIES' AS level, network
    UNION
    MATCH (city)<-[:OF]-(network:Network)
    WHERE network.kind = 'LOCAL'
    RETURN 'UNITS' AS level, network
  }
  CALL (level, network) {
    MATCH (network)<-[:IN]-(m:Membership)<-[:HOLDS]-(member:City)
    WHERE level = 'CITIES' AND is_counted(m)
      AND ($include_applied OR m.status <> 'APPLIED')
    RETURN member
    UNION
    MATCH (network)<-[:TAKES_PART_IN]-(member)
    WHERE level = 'UNITS'
    RETURN member
  }
  WITH level, network, collect(member) AS roster
  ORDER BY network.id
  RETURN collect(roster) AS rosters, collect({
    id: network.id, level: level, members: size(roster),
    complete: coalesce(network.rosterComplete AND network.rosterAttestedOn = $on, false)
  }) AS networks
}

CALL () {
  MATCH (network:Network)-[:SUCCEEDS*1..]->(predecessor:Network)
  RETURN collect([network.id, predecessor.id]) + collect([predecessor.id, network.id]) AS successions
}

// The members of several of these networks, with their number of networks, and the pairs that they connect.
CALL (networks, rosters) {
  UNWIND CASE WHEN size(rosters) = 0 THEN [] ELSE range(0, size(rosters) - 1) END AS place
  WITH place, networks[place].level AS level, rosters[place] AS roster
  UNWIND roster AS member
  WITH member, level, place
  ORDER BY place
  WITH member, level, collect(place) AS places
  WHERE size(places) > 1
  CALL (member, level, places) {
    UNWIND CASE WHEN $city IS NULL THEN places ELSE [] END AS held
    RETURN held
    UNION
    MATCH (member)-[:HOLDS]->(m:Membership)-[:IN]->(network:Network)
    WHERE $city IS NOT NULL AND level = 'CITIES' AND is_counted(m) AND ($include_applied OR m.status <> 'APPLIED')
    RETURN network.id AS held
    UNION
    MATCH (member)-[:TAKES_PART_IN]->(network:Network)
    WHERE $city IS NOT NULL AND level = 'UNITS' AND network.kind = 'LOCAL'
    RETURN network.id AS held
  }
  WITH member, places, count(held) AS held
  UNWIND range(0, size(places) - 2) AS at
  UNWIND places[at + 1..] AS two
  WITH places[at] AS one, two, held
  WITH one, two, count(*) AS shared, round(sum(1.0 / (held - 1)), 12) AS newman
  RETURN collect([one, two, shared, newman]) AS pairs
}
CALL (networks, pairs, successions) {
  CALL (networks, pairs) {
    UNWIND pairs AS pair
    RETURN networks[pair[0]] AS one, networks[pair[1]] AS two, pair[2] AS shared, pair[3] AS newman
    UNION ALL
    UNWIND coalesce($pairs, []) AS pair
    RETURN pair.one AS one, pair.two AS two, pair.shared AS shared, pair.newman AS newman
  }
  WITH one, two, shared, newman, successions
  WHERE NOT [one.id, two.id] IN successions
    AND ($network IS NULL OR one.id = $network OR two.id = $network)
    AND ($second IS NULL OR one.id = $second OR two.id = $second)
    AND ($level IS NULL OR one.level = $level)
  WITH one, two, shared, newman, toFloat(shared) / (one.members + two.members - shared) AS jaccard
  WITH one, two, shared, newman, jaccard, [-shared, -jaccard, one.id, two.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({sort_key: sort_key, one: one, two: two, shared: shared, newman: newman, jaccard: jaccard}) AS ranked
}

RETURN $city IS NULL OR city IS NOT NULL AS city_known, $network IS NULL OR given IS NOT NULL AS network_known,
       $second IS NULL OR second IS NOT NULL AS with_known, ranked
