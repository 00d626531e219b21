// Which pairs of networks share members on a day, and how much; the most shared first.
//
// Parameters
//   $city             text   id of a City, or null for all pairs; with it, only the pairs it belongs to both of,
//                            and of local networks only its own
//   $on               date   the day
//   $include_applied  bool   whether memberships APPLIED for count
//   $evidence, $themes  bool whether these are wanted; where not, they are empty
//   $after, $before   list   keys of the rows between which the page lies, or null
//   $first, $last     int    the length of the page from its start or from its end; the other one is null
//
// Columns (one row)
//   city_known  bool  whether the city exists
//   total       int   pairs on all pages
//   offset     int   pairs before the page
//   rows        list  {sort_key, level, network, other, shared, jaccard, overlap_coefficient, newman, members,
//                      other_members, roster_complete, other_roster_complete, evidence, themes}
//     newman    sum over the shared members of 1 / (networks of that member on the day - 1), to 12 decimals
//     evidence  {member, standing, proofs}: standing is null and proofs are citations where members are units
//     themes    {theme, other, match}: each theme of the network that meets one of the other
//
// Leaves out what no source shows in force on any day, members that are not cities (but for local networks), and
// whether the overlap is more than chance.

OPTIONAL MATCH (city:City {id: $city})

// The networks asked about, with their rosters. From here on a network goes by its place in the list, which is in the
// order of ids.
CALL (city) {
  CALL (city) {
    UNWIND CASE WHEN $city IS NULL THEN [true] ELSE [] END AS every
    MATCH (network:Network)
    UNWIND CASE network.kind WHEN 'LOCAL' THEN ['CITIES', 'UNITS'] ELSE ['CITIES'] END AS level
    RETURN level, network
    UNION
    MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(network:Network)
    WHERE m.shownFrom <= $on AND (m.standsUntil IS NULL OR $on < m.standsUntil)
      AND ($include_applied OR m.status <> 'APPLIED')
    RETURN 'CITIES' AS level, network
    UNION
    MATCH (city)<-[:OF]-(network:Network)
    WHERE network.kind = 'LOCAL'
    RETURN 'UNITS' AS level, network
  }
  CALL (level, network) {
    MATCH (network)<-[:IN]-(m:Membership)<-[:HOLDS]-(member:City)
    WHERE level = 'CITIES' AND m.shownFrom <= $on AND (m.standsUntil IS NULL OR $on < m.standsUntil)
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

// Who is in several of them, in how many networks each of these is at all, and the pairs they make.
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
    WHERE $city IS NOT NULL AND level = 'CITIES' AND m.shownFrom <= $on
      AND (m.standsUntil IS NULL OR $on < m.standsUntil) AND ($include_applied OR m.status <> 'APPLIED')
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
CALL (networks, pairs) {
  UNWIND pairs AS pair
  WITH networks[pair[0]] AS one, networks[pair[1]] AS two, pair[2] AS shared, pair[3] AS newman
  WITH one, two, shared, newman, toFloat(shared) / (one.members + two.members - shared) AS jaccard
  WITH one, two, shared, newman, jaccard, [-shared, -jaccard, one.id, two.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({sort_key: sort_key, one: one, two: two, shared: shared, newman: newman, jaccard: jaccard}) AS ranked
}

// The page.
WITH city, ranked,
     [row IN ranked WHERE ($after IS NULL OR row.sort_key > $after) AND ($before IS NULL OR row.sort_key < $before)] AS span
WITH city, ranked,
     CASE WHEN $last IS NULL THEN span[0..$first] WHEN size(span) > $last THEN span[size(span) - $last..] ELSE span END
       AS page
WITH city, page, size(ranked) AS total,
     CASE WHEN $last IS NULL THEN size([row IN ranked WHERE NOT row.sort_key > $after])
          ELSE size([row IN ranked WHERE $before IS NULL OR row.sort_key < $before]) - size(page) END AS offset

// Who is in both and which themes meet, for the pairs of the page.
CALL (page) {
  UNWIND page AS row
  WITH row // Without the page, which a sort would else hold once for each row.
  MATCH (network:Network {id: row.one.id})
  MATCH (other:Network {id: row.two.id})
  CALL (network, other) {
    UNWIND CASE WHEN $evidence THEN [true] ELSE [] END AS wanted
    CALL (network, other) {
      MATCH (network)<-[:IN]-(m:Membership)<-[:HOLDS]-(member:City)-[:HOLDS]->(n:Membership)-[:IN]->(other)
      WHERE m.shownFrom <= $on AND (m.standsUntil IS NULL OR $on < m.standsUntil)
        AND n.shownFrom <= $on AND (n.standsUntil IS NULL OR $on < n.standsUntil)
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
    UNWIND CASE WHEN $themes THEN [true] ELSE [] END AS wanted
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
      MATCH (network)-[:ADDRESSES]->(theme:Theme)<-[:BROADER*0..]-(:Theme)-[:CLOSE_MATCH]-(met:Theme)
      MATCH (met)<-[:ADDRESSES]-(other)
      RETURN theme.id AS theme, met.id AS met, 2 AS rank
      UNION
      MATCH (network)-[:ADDRESSES]->(theme:Theme)-[:CLOSE_MATCH]-(:Theme)-[:BROADER*0..]->(met:Theme)
      MATCH (met)<-[:ADDRESSES]-(other)
      RETURN theme.id AS theme, met.id AS met, 2 AS rank
    }
    WITH theme, met, min(rank) AS rank
    ORDER BY theme, met
    RETURN collect({theme: theme, other: met, match: ['EXACT', 'NARROWER', 'CLOSE_MATCH'][rank]}) AS themes
  }
  WITH row, evidence, themes
  ORDER BY row.sort_key
  RETURN collect({
    sort_key: row.sort_key, level: row.one.level, network: row.one.id, other: row.two.id, shared: row.shared,
    jaccard: row.jaccard, newman: row.newman,
    overlap_coefficient: toFloat(row.shared)
      / CASE WHEN row.one.members < row.two.members THEN row.one.members ELSE row.two.members END,
    members: row.one.members, other_members: row.two.members,
    roster_complete: row.one.complete, other_roster_complete: row.two.complete, evidence: evidence, themes: themes
  }) AS rows
}
RETURN $city IS NULL OR city IS NOT NULL AS city_known, total, offset, rows
