// All partnerships of cities in projects. Every partner has the period of the project.
//
// Columns (one row for each partnership)
//   city, collaboration, shown_from, stands_until, shown_until, applied; dates as text
//
// Leaves out projects that no source shows in force on any date.

MATCH (city:City)-[:PARTNER_IN]->(project:Project)
WHERE project.shownFrom IS NOT NULL
RETURN city.id AS city, project.id AS collaboration, toString(project.shownFrom) AS shown_from,
       toString(project.standsUntil) AS stands_until, toString(project.shownUntil) AS shown_until, false AS applied
