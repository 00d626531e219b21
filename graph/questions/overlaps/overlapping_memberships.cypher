// Which pairs of networks share members on a day, and how much; the most shared first.
//
// Parameters
//   $city             text   id of a City, or null for all pairs; with it, only the pairs it belongs to both of,
//                            and of local networks only its own
//   $on               date   the day
//   $include_applied  bool   whether memberships APPLIED for count
//   $after, $before   list   keys of the rows between which the page lies, or null
//   $first, $last     int    the length of the page from its start or from its end; the other one is null
//
// Columns (one row)
//   city_known  bool  whether the city exists
//   total       int   pairs on all pages
//   skipped     int   pairs before the first of the page
//   rows        list  {key, level, network, other, shared, jaccard, overlap_coefficient, newman, members,
//                      other_members, roster_complete, other_roster_complete, evidence, themes}
//     newman    sum over the shared members of 1 / (networks of that member on the day - 1), to 12 decimals
//     evidence  {member, standing, proofs}: standing is null and proofs are citations where members are units
//     themes    {theme, other, match}: each theme of the network that meets one of the other
//
// Leaves out what no source shows in force on any day, members that are not cities (but for local networks), and
// whether the overlap is more than chance.

OPTIONAL MATCH (city:City {id: $city})

CALL (city) {
  // Who is in which network.
  CALL (city) {
    MATCH (member:City)-[:HOLDS]->(m:Membership)-[:IN]->(network:Network)
    WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil)
      AND ($include_applied OR m.status <> 'APPLIED')
    WITH network, member, count(*) AS lives
    RETURN 'CITIES' AS level, network, member.id AS member
    UNION ALL
    MATCH (network:Network)<-[:TAKES_PART_IN]-(member)
    WHERE network.kind = 'LOCAL'
    WITH network, member, count(*) AS roles
    RETURN 'UNITS' AS level, network, member.id AS member
  }
  WITH level, network, collect(member) AS roster
  WITH level, network, roster, size(roster) AS members,
       CASE WHEN network.rosterComplete AND network.rosterAttestedOn = $on THEN 1 ELSE 0 END AS complete,
       $city IS NULL
         OR (level = 'CITIES' AND $city IN roster)
         OR (level = 'UNITS' AND size([(network)-[:OF]->(place:City) WHERE place.id = $city | 1]) > 0) AS asked

  // Each member's networks, and their pairs.
  ORDER BY network.id
  UNWIND roster AS member
  WITH level, member, collect({id: network.id, asked: asked, members: members, complete: complete}) AS networks
  WITH level, size(networks) AS held, [each IN networks WHERE each.asked] AS networks
  WHERE size(networks) > 1
  UNWIND range(0, size(networks) - 2) AS place
  UNWIND networks[place + 1..] AS two
  WITH level, held, networks[place] AS one, two
  WITH level, one.id AS network, two.id AS other, count(*) AS shared, round(sum(1.0 / (held - 1)), 12) AS newman,
       max(one.members) AS members, max(two.members) AS other_members,
       min(one.complete) AS complete, min(two.complete) AS other_complete
  WITH level, network, members, complete, other, other_members, other_complete, shared, newman,
       toFloat(shared) / (members + other_members - shared) AS jaccard,
       toFloat(shared) / CASE WHEN members < other_members THEN members ELSE other_members END AS coefficient
  WITH level, network, members, complete, other, other_members, other_complete, shared, newman, jaccard, coefficient,
       [-shared, -jaccard, network, other] AS key
  ORDER BY key
  RETURN collect({
    key: key, level: level, network: network, other: other, shared: shared, jaccard: jaccard,
    overlap_coefficient: coefficient, newman: newman, members: members, other_members: other_members,
    roster_complete: complete = 1, other_roster_complete: other_complete = 1
  }) AS ranked
}

// The page.
WITH city, ranked,
     [row IN ranked WHERE ($after IS NULL OR row.key > $after) AND ($before IS NULL OR row.key < $before)] AS span
WITH city, ranked,
     CASE WHEN $last IS NULL THEN span[0..$first] WHEN size(span) > $last THEN span[size(span) - $last..] ELSE span END
       AS page
WITH city, page, size(ranked) AS total, head(page).key AS start, ranked
WITH city, page, total, size([row IN ranked WHERE row.key < start]) AS skipped

// Who is in both and which themes meet, for the pairs of the page.
CALL (page) {
  UNWIND page AS row
  MATCH (network:Network {id: row.network})
  MATCH (other:Network {id: row.other})
  CALL (network, other) {
    CALL (network, other) {
      MATCH (network)<-[:IN]-(m:Membership)<-[:HOLDS]-(member:City)-[:HOLDS]->(n:Membership)-[:IN]->(other)
      WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil)
        AND n.shownFrom <= $on AND (n.validUntil IS NULL OR $on < n.validUntil)
        AND ($include_applied OR (m.status <> 'APPLIED' AND n.status <> 'APPLIED'))
      UNWIND [[0, m], [1, n]] AS held
      WITH member.id AS member, held[0] AS side, held[1] AS membership
      WITH DISTINCT member, side, membership.id AS proof,
           CASE WHEN membership.shownUntil IS NULL OR $on < membership.shownUntil THEN 1 ELSE 0 END AS in_force
      ORDER BY side, proof
      WITH member, side, collect(proof) AS proofs, max(in_force) AS in_force
      RETURN member, side, proofs, in_force
      UNION ALL
      MATCH (network)<-[p:TAKES_PART_IN]-(member)-[q:TAKES_PART_IN]->(other)
      WHERE network.kind = 'LOCAL' AND other.kind = 'LOCAL'
      RETURN member.id AS member, 0 AS side, coalesce(p.sources, []) + coalesce(q.sources, []) AS proofs,
             null AS in_force
    }
    WITH member, side, proofs, in_force
    ORDER BY side
    WITH member, min(in_force) AS in_force, reduce(all = [], each IN collect(proofs) | all + each) AS proofs
    ORDER BY member
    RETURN collect({
      member: member, proofs: proofs,
      standing: CASE in_force WHEN 1 THEN 'IN_FORCE' WHEN 0 THEN 'ATTESTED_EARLIER' ELSE null END
    }) AS evidence
  }
  CALL (network, other) {
    CALL (network, other) {
      MATCH (network)-[:ADDRESSES]->(theme:Theme)<-[:ADDRESSES]-(other)
      RETURN theme.id AS theme, theme.id AS met, 0 AS rank
      UNION
      MATCH (network)-[:ADDRESSES]->(theme:Theme)<-[:BROADER*1..]-(met:Theme)<-[:ADDRESSES]-(other)
      RETURN theme.id AS theme, met.id AS met, 1 AS rank
      UNION
      MATCH (network)-[:ADDRESSES]->(theme:Theme)-[:BROADER*1..]->(met:Theme)<-[:ADDRESSES]-(other)
      RETURN theme.id AS theme, met.id AS met, 1 AS rank
      UNION
      MATCH (network)-[:ADDRESSES]->(theme:Theme)<-[:BROADER*0..]-(:Theme)-[:CLOSE_MATCH]-(met:Theme)<-[:ADDRESSES]-(other)
      RETURN theme.id AS theme, met.id AS met, 2 AS rank
      UNION
      MATCH (network)-[:ADDRESSES]->(theme:Theme)-[:CLOSE_MATCH]-(:Theme)-[:BROADER*0..]->(met:Theme)<-[:ADDRESSES]-(other)
      RETURN theme.id AS theme, met.id AS met, 2 AS rank
    }
    WITH theme, met, min(rank) AS rank
    ORDER BY theme, met
    RETURN collect({theme: theme, other: met, match: ['EXACT', 'NARROWER', 'CLOSE_MATCH'][rank]}) AS themes
  }
  WITH row, evidence, themes
  ORDER BY row.key
  RETURN collect(row {.*, evidence: evidence, themes: themes}) AS rows
}
RETURN $city IS NULL OR city IS NOT NULL AS city_known, total, skipped, rows
