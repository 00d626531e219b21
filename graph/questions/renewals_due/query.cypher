// All memberships of $city that count on $on and whose newest term must be decided on by $by, in order. Separately, the
// memberships without a term or without a day to decide by. $from excludes earlier days to decide by, except overdue
// ones.
//
// decide_by      the last day of the review that a source requires, or else of the term; the latest possible day if
//                the day is not exact
// decided        the day of the decision on the term, or else the first day of the term
// overdue_count  the number of overdue terms on all pages

OPTIONAL MATCH (city:City {id: $city})

CALL (city) {
  MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(network:Network)
  WHERE is_counted(m) AND ($include_applied OR m.status <> 'APPLIED')
  CALL (m) {
    @include newest_terms
    RETURN collect({
      id: term.id, last_day: last_day, decide_by: coalesce(term.reviewUntil - duration({days: 1}), last_day),
      review_from: term.reviewFrom, review_until: term.reviewUntil, review_said_in: term.reviewSaidIn,
      decision: coalesce(decision.id, ''), decided: coalesce(decision.date, decision.published, term.shownFrom)
    })[0] AS newest
  }
  WITH m, network, newest, standing_of(m) AS standing, shown_on(m) AS shown
  ORDER BY network.nameSort, m.id
  RETURN collect({
    membership: m.id, network: network.id, status: m.status, standing: standing_name(standing),
    shown_on: toString(shown), term: newest
  }) AS running
}

CALL (running) {
  UNWIND running AS row
  WITH row, row.term AS newest
  WHERE newest.decide_by <= $by AND ($from IS NULL OR newest.decide_by >= $from OR newest.decide_by < $on)
  MATCH (m:Membership {id: row.membership}), (term:MembershipTerm {id: newest.id})
  CALL (m, newest) {
    MATCH (m)<-[:ABOUT]-(later:Decision)
    WITH newest, later, coalesce(later.date, later.published) AS day
    WHERE newest.decided < day AND day <= $on AND later.id <> newest.decision
    WITH later, day
    ORDER BY day, later.id
    RETURN collect(later.id) AS later_decisions
  }
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
  WITH m, row, newest, later_decisions, sources, [toString(newest.decide_by), newest.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({
    sort_key: sort_key, decide_by: toString(newest.decide_by), last_day: toString(newest.last_day),
    overdue: newest.decide_by < $on,
    reason: CASE WHEN newest.review_until IS NULL THEN 'PERIOD_ENDS' ELSE 'REVIEW_DUE' END,
    review_from: toString(newest.review_from), review_said_in: newest.review_said_in,
    network: row.network, term: newest.id, membership: row.membership, status: row.status, standing: row.standing,
    shown_on: row.shown_on, later_decisions: later_decisions,
    attested_after: CASE WHEN m.attestedOn > newest.last_day THEN toString(m.attestedOn) END, sources: sources
  }) AS ranked
}

RETURN city IS NOT NULL AS city_known, {
  overdue_count: size([row IN ranked WHERE row.overdue]),
  without_term: [row IN running WHERE row.term IS NULL |
    {membership: row.membership, network: row.network, status: row.status, standing: row.standing,
     shown_on: row.shown_on, term: null}],
  without_end: [row IN running WHERE row.term IS NOT NULL AND row.term.decide_by IS NULL |
    {membership: row.membership, network: row.network, status: row.status, standing: row.standing,
     shown_on: row.shown_on, term: row.term.id}]
} AS about, ranked
