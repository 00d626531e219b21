// Every partnership of a city in a project; the project's period is that of all its partners.
//
// Columns (one row for each partnership)
//   city, collaboration, shown_from, stands_until, shown_until, applied; dates as text
//
// Leaves out projects that no source shows in force on any day.

MATCH (city:City)-[:PARTNER_IN]->(project:Project)
WHERE project.shownFrom IS NOT NULL
RETURN city.id AS city, project.id AS collaboration, toString(project.shownFrom) AS shown_from,
       toString(project.standsUntil) AS stands_until, toString(project.shownUntil) AS shown_until, false AS applied
