// All terms of $city's memberships that end, or are to be reviewed, by $by, in order.
//
// due            the earlier of the two dates that are due
// period_ends    first day after the period, null where that is not due
// review_from, review_until  the period of the review, null where that is not due
// sources        what supports the review comes first, then the end, then the rest

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
    sort_key: sort_key, term: term.id, membership: m.id, network: network.id, due: toString(due),
    period_ends: toString(period_ends),
    review_from: CASE WHEN review_until IS NULL THEN null ELSE toString(term.reviewFrom) END,
    review_until: toString(review_until),
    review_said_in: CASE WHEN review_until IS NULL THEN null ELSE term.reviewSaidIn END, sources: sources
  }) AS ranked
}

RETURN city IS NOT NULL AS city_known, ranked
