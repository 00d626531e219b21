// What sources state of the fees of each network that $city is or was a member of, or has applied to, term by term.
//
// $last_day  the last day of the range, on which peers, themes and working groups are counted
// $with_sources, $with_reach  where false, sources or reach are empty; $with_unique, where false, unique_peers is 0
// memberships  those with a standing on some day; the five dates are the hidden columns that decide it
// sources    what supports the fee comes first
// reach      of the networks on the last day; a peer is unique where the city meets it only through the network, its
//            working groups and its projects

OPTIONAL MATCH (city:City {id: $city})

CALL (city) {
  MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(network:Network)
  WHERE m.shownFrom IS NOT NULL
  CALL (m) {
    @include membership_cost
  }
  WITH city, network, m, membership
  ORDER BY m.shownFrom, m.id
  WITH city, network, collect(membership) AS memberships
  CALL (network) {
    MATCH (network)-[:ADDRESSES]->(theme:Theme)
    RETURN count(DISTINCT theme) AS themes
  }
  CALL (city, network) {
    MATCH (city)-[p:PARTICIPATES_IN]->(group:WorkingGroup)-[:PART_OF]->(network)
    WHERE is_counted(p, $last_day)
    RETURN count(DISTINCT group) AS working_groups
  }
  WITH network, memberships, themes, working_groups
  ORDER BY coalesce(network.nameSort, ''), network.id
  RETURN collect({
    network: network.id, memberships: memberships, themes: themes, working_groups: working_groups
  }) AS networks
}

// Whom the city meets through what, on the last day; a network's groups and projects are part of it. They leave the
// subqueries as lists, and peers of a single list are not counted again: rows are what costs the databases most.
CALL (city) {
  UNWIND CASE WHEN $with_reach THEN [true] ELSE [] END AS wanted
  CALL (city) {
    MATCH (city)-[:HOLDS]->(own:Membership)-[:IN]->(node:Network)
    WHERE ($include_applied OR own.status <> 'APPLIED') AND is_counted(own, $last_day)
    WITH DISTINCT city, node
    MATCH (node)<-[:IN]-(m:Membership)<-[:HOLDS]-(peer:City)
    WHERE ($include_applied OR m.status <> 'APPLIED') AND is_counted(m, $last_day) AND peer <> city
    RETURN node, collect(DISTINCT peer) AS met
    UNION ALL
    MATCH (city)-[own:PARTICIPATES_IN]->(node:WorkingGroup)<-[p:PARTICIPATES_IN]-(peer:City)
    WHERE is_counted(own, $last_day)
      AND is_counted(p, $last_day) AND peer <> city
    OPTIONAL MATCH (node)-[:PART_OF]->(network:Network)
    WITH coalesce(network, node) AS node, peer
    RETURN node, collect(DISTINCT peer) AS met
    UNION ALL
    MATCH (city)-[:PARTNER_IN]->(node:Project)<-[:PARTNER_IN]-(peer:City)
    WHERE is_counted(node, $last_day) AND peer <> city
    OPTIONAL MATCH (node)-[:RUN_UNDER]->(network:Network)
    WITH coalesce(network, node) AS node, peer
    RETURN node, collect(DISTINCT peer) AS met
    UNION ALL
    MATCH (city)<-[:JOINS]-(node:Twinning)-[:JOINS]->(peer:City)
    WHERE is_counted(node, $last_day) AND peer <> city
    RETURN node, collect(DISTINCT peer) AS met
  }
  WITH node, collect(met) AS mets
  WITH collect({node: node, mets: mets}) AS through
  CALL (through) {
    UNWIND CASE WHEN $with_unique THEN through ELSE [] END AS one
    UNWIND one.mets AS met
    UNWIND met AS peer
    WITH peer, collect(DISTINCT one.node) AS nodes
    WHERE size(nodes) = 1
    WITH nodes[0] AS node, count(*) AS peers
    RETURN collect({node: node, peers: peers}) AS alone
  }
  UNWIND through AS one
  WITH alone, one.node AS network, one.mets AS mets
  WHERE network:Network
  CALL (mets) {
    UNWIND CASE WHEN size(mets) > 1 THEN mets ELSE [] END AS met
    UNWIND met AS peer
    RETURN count(DISTINCT peer) AS several
  }
  WITH network, CASE WHEN size(mets) > 1 THEN several ELSE size(mets[0]) END AS peers,
       reduce(found = 0, one IN alone | CASE WHEN one.node = network THEN one.peers ELSE found END) AS unique_peers
  ORDER BY network.id
  RETURN collect({
    network: network.id, peers: peers, unique_peers: unique_peers,
    members_complete: coalesce(network.rosterComplete AND network.rosterAttestedOn = $last_day, false)
  }) AS reach
}
RETURN city IS NOT NULL AS city_known, networks, reach
