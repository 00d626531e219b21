// The stated fees of all networks that $city is or was a member of, or has applied to, by membership term.
//
// $last_day    the last day of the range, on which peers, themes and working groups are counted
// memberships  those with a standing on any day; the five dates are the hidden columns that determine the standing
// sources      those that support the fee come first; empty without $with_sources
// reach        of the networks on the last day; empty without $with_reach. A peer is unique if the city shares only the
//              network, its working groups and its projects with the peer. Without $with_unique, unique_peers is 0

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

// The peers of the city in each network on the last day, including the network's working groups and projects. The
// subqueries return lists and count peers of a single list only once, because rows are the main cost in both databases.
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
