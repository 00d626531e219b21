// All networks on which no unit of $city has reported in the year before $on, in order.
//
// $year_ago  the same day a year before; a report given on it is too old

OPTIONAL MATCH (city:City {id: $city})

CALL (city) {
  MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(network:Network)
  WHERE is_counted(m) AND ($include_applied OR m.status <> 'APPLIED')
  WITH city, network, m
  ORDER BY m.id
  WITH city, network, collect(m.id) AS memberships,
       min(standing_of(m)) AS standing
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
  WITH network, memberships, standing, contacts, latest
  WHERE latest IS NULL OR latest.given <= $year_ago
  WITH network, memberships, standing, contacts, latest, [coalesce(network.nameSort, ''), network.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({
    sort_key: sort_key, network: network.id, memberships: memberships, contacts: contacts,
    standing: standing_name(standing),
    last_report: latest.id, last_year: latest.year, last_reported_on: toString(latest.reported_on)
  }) AS ranked
}

RETURN city IS NOT NULL AS city_known, ranked
