// Every participation of a city in a working group; the group's end ends it.
//
// Columns (one row for each participation)
//   city, collaboration, shown_from, stands_until, shown_until, applied; dates as text
//
// Leaves out what no source shows in force on any day.

MATCH (city:City)-[p:PARTICIPATES_IN]->(group:WorkingGroup)
WHERE coalesce(p.shownFrom, p.since) IS NOT NULL
RETURN city.id AS city, group.id AS collaboration, toString(coalesce(p.shownFrom, p.since)) AS shown_from,
       toString(CASE WHEN p.standsUntil IS NULL OR group.standsUntil < p.standsUntil THEN group.standsUntil
                     ELSE p.standsUntil END) AS stands_until,
       toString(p.shownUntil) AS shown_until, false AS applied
