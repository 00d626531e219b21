// The two cities of all twinnings.
//
// Columns (one row for each city of a twinning)
//   city, collaboration, fact, possible_from, shown_from, shown_until, lapses_on, stands_until, begins_stated,
//   ends_stated, status, grade, sources; dates as text; fact is the id of the twinning; sources is empty,
//   see sources.cypher; begins_stated and ends_stated are whether a source states the first day and the first day
//   after the end
//
// Leaves out twinnings that no source shows in force on any date.

MATCH (city:City)<-[j:JOINS]-(twinning:Twinning)
WHERE j.shownFrom IS NOT NULL
RETURN city.id AS city, twinning.id AS collaboration, twinning.id AS fact, toString(j.possibleFrom) AS possible_from,
       toString(j.shownFrom) AS shown_from, toString(j.shownUntil) AS shown_until,
       toString(j.lapsesOn) AS lapses_on, toString(j.standsUntil) AS stands_until,
       twinning.validFrom IS NOT NULL AS begins_stated, twinning.validUntil IS NOT NULL AS ends_stated,
       null AS status, null AS grade, [] AS sources
