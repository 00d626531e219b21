// Which projects of a city ended less than two years before a day and have had no follow-up since.
//
// Parameters
//   $city            text  id of a City
//   $on              date  the day
//   $after, $before  list  keys of the rows between which the page lies, or null
//   $first, $last    int   the length of the page from its start or from its end; the other one is null
//
// Columns (one row)
//   city_known  bool  whether the city exists
//   total       int   projects on all pages
//   offset     int   projects before the page
//   rows        list  {sort_key, project, ended, until, followed_up_on, role, proofs}: ended is the first day after the
//                     project (after the month or year of its end, where no more is known), until the first day after
//                     the two years, proofs citations of the partnership
//
// Leaves out projects whose end no source states.

OPTIONAL MATCH (city:City {id: $city})

CALL (city) {
  MATCH (city)-[p:PARTNER_IN]->(project:Project)
  WHERE project.standsUntil <= $on AND $on < project.standsUntil + duration({years: 2})
    AND (project.followedUpOn IS NULL OR project.followedUpOn < project.validUntil)
  WITH project, p, project.standsUntil + duration({years: 2}) AS until
  WITH project, p, until, [toString(until), project.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({
    sort_key: sort_key, project: project.id, ended: project.standsUntil, until: until, followed_up_on: project.followedUpOn,
    role: p.role, proofs: coalesce(p.sources, [])
  }) AS ranked
}

// The page.
WITH city, ranked,
     [row IN ranked WHERE ($after IS NULL OR row.sort_key > $after) AND ($before IS NULL OR row.sort_key < $before)] AS span
WITH city, ranked,
     CASE WHEN $last IS NULL THEN span[0..$first] WHEN size(span) > $last THEN span[size(span) - $last..] ELSE span END
       AS rows
RETURN city IS NOT NULL AS city_known, size(ranked) AS total,
       CASE WHEN $last IS NULL THEN size([row IN ranked WHERE NOT row.sort_key > $after])
            ELSE size([row IN ranked WHERE $before IS NULL OR row.sort_key < $before]) - size(rows) END AS offset, rows
