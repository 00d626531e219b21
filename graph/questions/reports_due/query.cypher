// Which networks of a city no unit of it has reported on in the year before a day.
//
// Parameters
//   $city            text  id of a City
//   $on              date  the day
//   $year_ago        date  the same day a year before; a report given on it is too old
//   $after, $before  list  keys of the rows between which the page lies, or null
//   $first, $last    int   the length of the page from its start or from its end; the other one is null
//
// Columns (one row)
//   city_known  bool  whether the city exists
//   total       int   networks on all pages
//   offset     int   networks before the page
//   rows        list  {sort_key, network, standing, proofs, contacts, last_report, last_year, last_reported_on}:
//                     contacts are units of the city, none where unknown; the last three are of the latest report by
//                     the day, null where none is recorded; the date as text
//
// Leaves out memberships only applied for, and the city's local networks.

OPTIONAL MATCH (city:City {id: $city})

CALL (city) {
  MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(network:Network)
  WHERE m.shownFrom <= $on AND (m.standsUntil IS NULL OR $on < m.standsUntil) AND m.status <> 'APPLIED'
  WITH city, network, m
  ORDER BY m.id
  WITH city, network, collect(m.id) AS proofs,
       max(CASE WHEN m.shownUntil IS NULL OR $on < m.shownUntil THEN 1 ELSE 0 END) AS in_force
  CALL (city, network) {
    MATCH (city)<-[:OF]-(unit:Unit)-[:CONTACT_FOR]->(network)
    WITH DISTINCT unit.id AS contact
    ORDER BY contact
    RETURN collect(contact) AS contacts
  }
  // A report without a date counts as given in the last days of the year it reports on, or on the day asked about.
  CALL (city, network) {
    MATCH (city)<-[:OF]-(:Unit)<-[:BY]-(report:Report)-[:ON]->(network)
    WHERE report.reportedOn <= $on OR (report.reportedOn IS NULL AND report.year <= $on.year)
    WITH DISTINCT report,
         coalesce(report.reportedOn,
                  CASE WHEN report.year = $on.year THEN $on ELSE date({year: report.year, month: 12, day: 31}) END)
           AS given
    ORDER BY given DESC, report.year DESC, report.id
    RETURN collect({id: report.id, year: report.year, reported_on: report.reportedOn, given: given})[0] AS latest
  }
  WITH network, proofs, in_force, contacts, latest
  WHERE latest IS NULL OR latest.given <= $year_ago
  WITH network, proofs, in_force, contacts, latest, [coalesce(network.nameSort, ''), network.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({
    sort_key: sort_key, network: network.id, proofs: proofs, contacts: contacts,
    standing: CASE in_force WHEN 1 THEN 'IN_FORCE' ELSE 'ATTESTED_EARLIER' END,
    last_report: latest.id, last_year: latest.year, last_reported_on: toString(latest.reported_on)
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
