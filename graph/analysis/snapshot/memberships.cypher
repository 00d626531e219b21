// All memberships of cities in networks, including APPLIED ones.
//
// Columns (one row for each membership)
//   city, collaboration, fact, possible_from, shown_from, shown_until, lapses_on, stands_until, begins_stated,
//   ends_stated, status, grade, founder, host, sources; dates as text; fact is the id of the membership; sources is empty,
//   see sources.cypher; begins_stated and ends_stated are whether a source states the first day and the first day
//   after the end
//
// Leaves out memberships that no source shows in force on any date, and memberships held by other bodies.

MATCH (city:City)-[:HOLDS]->(m:Membership)-[:IN]->(network:Network)
WHERE m.shownFrom IS NOT NULL
RETURN city.id AS city, network.id AS collaboration, m.id AS fact, toString(m.possibleFrom) AS possible_from,
       toString(m.shownFrom) AS shown_from, toString(m.shownUntil) AS shown_until,
       toString(m.lapsesOn) AS lapses_on, toString(m.standsUntil) AS stands_until,
       m.validFrom IS NOT NULL AS begins_stated, m.validUntil IS NOT NULL AS ends_stated,
       m.status AS status, m.grade AS grade, coalesce(m.founder, false) AS founder, coalesce(m.host, false) AS host,
       [] AS sources
