// All projects of $city that ended less than two years before $on and have had no follow-up since, in order.
//
// ended  first day after the project (after the month or year of its end, where no more is known)
// until  first day after the two years

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

RETURN city IS NOT NULL AS city_known, ranked
