// All projects of $city that ended less than two years before $on without a follow-up since, in order. Separately, the
// projects that may have begun by $on and whose end no source states.
//
// ended  the first day after the project; if only the month or year of its end is known, the first day after that
// until  the first day after the two years

OPTIONAL MATCH (city:City {id: $city})

CALL (city) {
  MATCH (city)-[p:PARTNER_IN]->(project:Project)
  WHERE project.standsUntil <= $on AND $on < project.standsUntil + duration({years: 2})
    AND (project.followedUpOn IS NULL OR project.followedUpOn < project.validUntil)
  WITH project, p, project.standsUntil + duration({years: 2}) AS until
  WITH project, p, until, [toString(until), project.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({
    sort_key: sort_key, project: project.id, ended: toString(project.standsUntil), until: toString(until),
    followed_up_on: toString(project.followedUpOn), role: p.role, sources: coalesce(p.sources, [])
  }) AS ranked
}

CALL (city) {
  MATCH (city)-[p:PARTNER_IN]->(project:Project)
  WHERE project.validUntil IS NULL AND coalesce(project.validUntilBound, 'UNKNOWN') = 'UNKNOWN'
    AND coalesce(project.possibleFrom <= $on, true)
  WITH project, p
  ORDER BY project.nameSort, project.id
  RETURN collect({
    project: project.id, stage: project.stage, attested_on: toString(project.attestedOn),
    followed_up_on: toString(project.followedUpOn), role: p.role, sources: coalesce(p.sources, [])
  }) AS without_end
}

RETURN city IS NOT NULL AS city_known, {without_end: without_end} AS about, ranked
