// All participations of cities in working groups. A participation ends at the latest with its group.
//
// Columns (one row for each participation)
//   city, collaboration, fact, possible_from, shown_from, shown_until, lapses_on, stands_until, begins_stated,
//   ends_stated, status, grade, sources; dates as text; fact is null, and sources are ids of citations;
//   begins_stated and ends_stated are whether a source states the first day and the first day after the end
//
// Leaves out participations that no source shows in force on any date.

MATCH (city:City)-[p:PARTICIPATES_IN]->(group:WorkingGroup)
WHERE p.shownFrom IS NOT NULL
RETURN city.id AS city, group.id AS collaboration, null AS fact, toString(p.possibleFrom) AS possible_from,
       toString(p.shownFrom) AS shown_from, toString(p.shownUntil) AS shown_until,
       toString(p.lapsesOn) AS lapses_on, toString(p.standsUntil) AS stands_until,
       coalesce(p.validFrom, p.since) IS NOT NULL AS begins_stated, p.validUntil IS NOT NULL AS ends_stated,
       null AS status, null AS grade, coalesce(p.sources, []) AS sources
