// The recorded data of each part that $city has, or may have, in a collaboration on $on.
//
// fact         the node with the dates: the membership, or else the collaboration itself
// standing     null if no source shows the part on any day
// end_known    whether a date ends the part, or the part is OPEN
// complete     whether all participants of the collaboration on $on are recorded
// membership   as in cost_per_network; null if the part is not a membership, or if no source shows it on any day
// renewable    whether the newest term of the membership has an end or a review, or is OPEN
// totals       numbers of the city's collaborations that sources state for a day up to $on, in order of the day
// unthemed     EU initiatives and activities of the city without a theme

OPTIONAL MATCH (city:City {id: $city})

CALL (city) {
  CALL (city) {
    MATCH (city)-[:HOLDS]->(fact:Membership)-[:IN]->(node:Network)
    WHERE coalesce(fact.possibleFrom <= $on AND $on < fact.standsUntil, fact.status <> 'LEFT')
    WITH city, fact, node, CASE WHEN fact.possibleFrom IS NULL THEN null ELSE standing_of(fact) END AS standing
    CALL (fact) {
      WITH fact AS m
      @include membership_cost
    }
    CALL (fact) {
      WITH fact AS m
      @include newest_terms
      RETURN collect(last_day IS NOT NULL OR term.reviewUntil IS NOT NULL OR term.validUntilBound = 'OPEN')[0] AS dated
    }
    WITH city, fact, node, standing, membership, coalesce(dated, false) AS renewable,
         EXISTS { (city)<-[:OF]-(:Unit)-[:CONTACT_FOR]->(node) } AS unit_known
    RETURN node, fact, 'NETWORK' AS kind, standing, fact.shownFrom AS shown_from, fact.shownUntil AS shown_until,
           fact.status AS status, coalesce(fact.doubtful, false) AS doubtful, unit_known, renewable,
           CASE WHEN fact.shownFrom IS NULL THEN null ELSE membership END AS membership
    UNION ALL
    MATCH (city)-[part:PARTICIPATES_IN|PARTNER_IN|JOINS]-(node)
    WHERE coalesce(part.possibleFrom <= $on AND $on < part.standsUntil, true) AND coalesce(node.stage, '') <> 'IDEA'
    WITH city, node, part, CASE WHEN part.possibleFrom IS NULL THEN null ELSE standing_of(part) END AS standing
    RETURN node, node AS fact,
           CASE type(part) WHEN 'PARTICIPATES_IN' THEN 'WORKING_GROUP' WHEN 'PARTNER_IN' THEN 'PROJECT' ELSE 'TWINNING' END AS kind,
           standing, part.shownFrom AS shown_from, part.shownUntil AS shown_until, null AS status, false AS doubtful,
           part.unit IS NOT NULL OR type(part) = 'JOINS' AS unit_known,
           true AS renewable, null AS membership
  }
  WITH node, fact, kind, standing, shown_from, shown_until, status, doubtful, unit_known, renewable, membership,
       @include participants_complete
       AS complete
  ORDER BY fact.id
  RETURN collect({
    collaboration: node.id, collaboration_name: coalesce(node.nameSort, ''), fact: fact.id,
    fact_name: coalesce(fact.nameSort, ''), kind: kind, standing: standing_name(standing),
    shown_from: toString(shown_from), shown_until: toString(shown_until), status: status, doubtful: doubtful,
    end_known: fact.validUntil IS NOT NULL OR coalesce(fact.validUntilBound = 'OPEN', false),
    themed: EXISTS { (node)-[:ADDRESSES]->(:Theme) },
    roster_on: CASE WHEN node.rosterComplete THEN toString(node.rosterAttestedOn) ELSE null END,
    unit_known: unit_known, complete: complete, renewable: renewable, membership: membership
  }) AS parts
}

CALL (city) {
  CALL (city) {
    MATCH (city)<-[:OF]-(:Unit)-[:FOLLOWS]->(node:EuInitiative)
    WHERE coalesce(node.possibleFrom, $on) <= $on AND $on < coalesce(node.standsUntil, date('9999-12-31'))
    RETURN node
    UNION
    MATCH (city)-[:TOOK_PART_IN|ORGANISED]->(node:Activity)
    WHERE node.shownFrom <= $on
    RETURN node
    UNION
    MATCH (city)<-[:OF]-(:Unit)-[:ORGANISED]->(node:Activity)
    WHERE node.shownFrom <= $on
    RETURN node
  }
  WITH node
  WHERE NOT EXISTS { (node)-[:ADDRESSES]->(:Theme) }
  WITH node
  ORDER BY node.id
  RETURN collect({id: node.id, name: coalesce(node.nameSort, '')}) AS unthemed
}

CALL (city) {
  MATCH (city)<-[:COUNTS_OF]-(total:StatedTotal)
  WHERE total.statedFor <= $on AND total.count IS NOT NULL
  WITH total
  ORDER BY total.statedFor, total.id
  RETURN collect({
    id: total.id, name: coalesce(total.nameSort, ''), kind: total.kind, count: total.count,
    stated_for: toString(total.statedFor)
  }) AS totals
}

RETURN city IS NOT NULL AS city_known, city.population IS NOT NULL AS population_known,
       coalesce(city.nameSort, '') AS city_name, parts, unthemed, totals
