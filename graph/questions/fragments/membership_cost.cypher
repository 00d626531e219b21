// The membership `m` and its decided terms, in the form that `graph.questions.cost_per_network` decodes. Without
// $with_sources, the sources are empty.
CALL (m) {
  MATCH (m)<-[:UNDER]-(term:MembershipTerm)
  WHERE term.chargedFrom IS NOT NULL
  OPTIONAL MATCH (term)-[:DECIDED_BY]->(decision:Decision)
  CALL (term) {
    MATCH (term)-[cites:CITES]->(source:Citation)
    WHERE $with_sources
    WITH source, CASE WHEN 'annualFee' IN coalesce(cites.supports, []) THEN 0 ELSE 1 END AS rank
    ORDER BY rank, source.id
    RETURN collect(source.id) AS sources
  }
  WITH term, decision, sources
  ORDER BY term.shownFrom, term.id
  RETURN collect({
    id: term.id, charged_from: term.chargedFrom, charged_until: term.chargedUntil,
    annual_fee: term.annualFee, currency: term.annualFeeCurrency,
    total_fee: term.totalFee, total_currency: term.totalFeeCurrency,
    euro_fee: term.annualFeeEuro, euro_currency: term.annualFeeEuroCurrency, euro_rate: term.euroRate,
    budget_line: term.budgetLine, decision: decision.id, sources: sources
  }) AS terms
}
RETURN {
  id: m.id, status: m.status, possible_from: toString(m.possibleFrom), shown_from: toString(m.shownFrom),
  shown_until: toString(m.shownUntil), lapses_on: toString(m.lapsesOn), stands_until: toString(m.standsUntil), terms: terms
} AS membership
