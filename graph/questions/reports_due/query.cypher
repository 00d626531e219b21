// All networks of $city without a recorded report of one of its units in the year before $on, in order. Separately, the
// networks without a recorded contact.
//
// $year_ago  the same day one year before; a report of that day is too old
// said       the unit that has reported for longest, as a source states: on the network, or on the city's networks in
//            general

OPTIONAL MATCH (city:City {id: $city})

CALL (city) {
  MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(network:Network)
  WHERE is_counted(m) AND ($include_applied OR m.status <> 'APPLIED')
  WITH city, network, m, shown_on(m) AS shown
  ORDER BY m.id
  WITH city, network, collect(m.id) AS memberships,
       min(standing_of(m)) AS standing,
       toString(
         @include nearest_shown
       ) AS shown_on
  CALL (city, network) {
    MATCH (city)<-[:OF]-(unit:Unit)-[:CONTACT_FOR]->(network)
    WITH DISTINCT unit.id AS contact
    ORDER BY contact
    RETURN collect(contact) AS contacts
  }
  // A report without a date counts as given at the end of the year that it covers, or on $on.
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
  CALL (city, network) {
    MATCH (city)<-[:OF]-(unit:Unit)
    WHERE unit.reportsSince <= $on.year
      AND (EXISTS { (unit)-[:CONTACT_FOR]->(network) } OR NOT EXISTS { (unit)-[:CONTACT_FOR]->(:Network) })
    CALL (unit) {
      MATCH (unit)-[cites:CITES]->(source:Citation)
      WHERE size(coalesce(cites.supports, [])) = 0 OR 'reportsSince' IN cites.supports
      WITH source
      ORDER BY source.id
      RETURN collect(source.id) AS sources
    }
    WITH unit, sources
    ORDER BY unit.reportsSince, unit.id
    RETURN collect({unit: unit.id, since: unit.reportsSince, sources: sources})[0] AS said
  }
  WITH network, memberships, standing, shown_on, contacts, latest, said, [coalesce(network.nameSort, ''), network.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({
    due: latest IS NULL OR latest.given <= $year_ago,
    row: {
      sort_key: sort_key, network: network.id, memberships: memberships, contacts: contacts,
      standing: standing_name(standing), shown_on: shown_on,
      last_report: latest.id, last_year: latest.year, last_reported_on: toString(latest.reported_on),
      reporting_since: said.since, reporting_unit: said.unit, reporting_sources: coalesce(said.sources, [])
    }
  }) AS networks
}

RETURN city IS NOT NULL AS city_known, {
  without_contact: [found IN networks WHERE size(found.row.contacts) = 0 |
    {network: found.row.network, standing: found.row.standing, shown_on: found.row.shown_on}]
} AS about, [found IN networks WHERE found.due | found.row] AS ranked
