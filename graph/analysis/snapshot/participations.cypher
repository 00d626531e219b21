// All participations of cities in working groups. A participation ends at the latest with its group.
//
// Columns (one row for each participation)
//   city, collaboration, shown_from, stands_until, shown_until, applied; dates as text
//
// Leaves out participations that no source shows in force on any date.

MATCH (city:City)-[p:PARTICIPATES_IN]->(group:WorkingGroup)
WHERE coalesce(p.shownFrom, p.since) IS NOT NULL
RETURN city.id AS city, group.id AS collaboration, toString(coalesce(p.shownFrom, p.since)) AS shown_from,
       toString(CASE WHEN p.standsUntil IS NULL OR group.standsUntil < p.standsUntil THEN group.standsUntil
                     ELSE p.standsUntil END) AS stands_until,
       toString(p.shownUntil) AS shown_until, false AS applied
