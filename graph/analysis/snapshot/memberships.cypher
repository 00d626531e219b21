// Every membership of a city in a network, those applied for too.
//
// Columns (one row for each membership)
//   city, collaboration, shown_from, stands_until, shown_until, applied; dates as text
//
// Leaves out what no source shows in force on any day, and memberships held by a body the city is part of.

MATCH (city:City)-[:HOLDS]->(m:Membership)-[:IN]->(network:Network)
WHERE m.shownFrom IS NOT NULL
RETURN city.id AS city, network.id AS collaboration, toString(m.shownFrom) AS shown_from,
       toString(m.standsUntil) AS stands_until, toString(m.shownUntil) AS shown_until, m.status = 'APPLIED' AS applied
