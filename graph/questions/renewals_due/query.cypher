// Which terms of a city's memberships end, or are to be reviewed, by a day, and have no successor; the earliest first.
//
// Parameters
//   $city            text  id of a City
//   $by              date  the day; a period or a review that ends on it is due
//   $after, $before  list  keys of the rows between which the page lies, or null
//   $first, $last    int   the length of the page from its start or from its end; the other one is null
//
// Columns (one row)
//   city_known  bool  whether the city exists
//   total       int   terms on all pages
//   offset     int   terms before the page
//   rows        list  {sort_key, term, membership, network, due, period_ends, review_from, review_until, review_said_in,
//                      sources}
//     due            the earlier of the two dates that are due
//     period_ends    first day after the period, where that is due; else null
//     review_from, review_until  the period of the review, where that is due; else null
//     sources        {citation, quote, supports}: first what supports the review, then the end, then the rest
//
// Leaves out memberships LEFT or only APPLIED for, and terms whose end nobody states and that no source wants reviewed.

OPTIONAL MATCH (city:City {id: $city})

CALL (city) {
  MATCH (city)-[:HOLDS]->(m:Membership)<-[:UNDER]-(term:MembershipTerm)
  WHERE NOT m.status IN ['LEFT', 'APPLIED'] AND (term.validUntil <= $by OR term.reviewUntil <= $by)
  MATCH (m)-[:IN]->(network:Network)
  // A successor begins where the term ends; one without an end, after the term began.
  CALL (m, term) {
    MATCH (m)<-[:UNDER]-(next:MembershipTerm)
    WHERE next.id <> term.id
      AND (next.shownFrom >= term.validUntil OR (term.validUntil IS NULL AND next.shownFrom > term.shownFrom))
    RETURN count(next) AS successors
  }
  WITH m, term, network, successors
  WHERE successors = 0
  WITH m, term, network,
       CASE WHEN term.validUntil <= $by THEN term.validUntil ELSE null END AS period_ends,
       CASE WHEN term.reviewUntil <= $by THEN term.reviewUntil ELSE null END AS review_until
  CALL (term) {
    MATCH (term)-[cites:CITES]->(source:Citation)
    WITH source, coalesce(cites.supports, []) AS supports
    WITH source, supports,
         CASE WHEN 'reviewUntil' IN supports OR 'reviewFrom' IN supports THEN 0
              WHEN 'validUntil' IN supports THEN 1
              ELSE 2 END AS rank
    ORDER BY rank, source.id
    RETURN collect({citation: source.id, quote: source.quote, supports: supports}) AS sources
  }
  WITH m, term, network, period_ends, review_until, sources,
       CASE WHEN period_ends IS NULL THEN review_until
            WHEN review_until IS NULL THEN period_ends
            WHEN review_until < period_ends THEN review_until
            ELSE period_ends END AS due
  WITH m, term, network, period_ends, review_until, sources, due, [toString(due), term.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({
    sort_key: sort_key, term: term.id, membership: m.id, network: network.id, due: due, period_ends: period_ends,
    review_from: CASE WHEN review_until IS NULL THEN null ELSE term.reviewFrom END, review_until: review_until,
    review_said_in: CASE WHEN review_until IS NULL THEN null ELSE term.reviewSaidIn END, sources: sources
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
