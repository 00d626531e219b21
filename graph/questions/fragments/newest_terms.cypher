// The terms under the membership `m`, newest first, without those that were tabled or rejected. `decision` is null if
// none is recorded. `last_day` is the latest possible day if the day is not exact, and null if no end is known.
MATCH (m)<-[:UNDER]-(term:MembershipTerm)
OPTIONAL MATCH (term)-[:DECIDED_BY]->(decision:Decision)
WITH term, decision
WHERE NOT coalesce(decision.outcome, 'APPROVED') IN ['TABLED', 'REJECTED']
WITH term, decision, coalesce(term.shownFrom, date('0001-01-01')) AS begins,
     CASE WHEN term.validUntilBound = 'DATE' THEN term.standsUntil - duration({days: 1}) END AS last_day
ORDER BY begins DESC, term.id DESC
