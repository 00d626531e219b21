// All partnerships of cities in projects. Every partner has the period of the project.
//
// Columns (one row for each partnership)
//   city, collaboration, fact, possible_from, shown_from, shown_until, lapses_on, stands_until, begins_stated,
//   ends_stated, status, grade, sources; dates as text; fact is null, and sources are ids of citations;
//   begins_stated and ends_stated are whether a source states the first day and the first day after the end
//
// Leaves out projects that no source shows in force on any date.

MATCH (city:City)-[p:PARTNER_IN]->(project:Project)
WHERE p.shownFrom IS NOT NULL
RETURN city.id AS city, project.id AS collaboration, null AS fact, toString(p.possibleFrom) AS possible_from,
       toString(p.shownFrom) AS shown_from, toString(p.shownUntil) AS shown_until,
       toString(p.lapsesOn) AS lapses_on, toString(p.standsUntil) AS stands_until,
       project.validFrom IS NOT NULL AS begins_stated, project.validUntil IS NOT NULL AS ends_stated,
       null AS status, null AS grade, coalesce(p.sources, []) AS sources
