// The fee rules of `network`, except those that certainly begin after $on or have certainly ended by it, in the form that
// `graph.questions.fee_rules` decodes.
MATCH (network)-[:CHARGES]->(rule:FeeRule)
WHERE (rule.validFrom IS NULL OR rule.validFrom <= $on) AND (rule.standsUntil IS NULL OR $on < rule.standsUntil)
CALL (rule) {
  MATCH (rule)-[:CITES]->(source:Citation)
  WITH source
  ORDER BY source.id
  RETURN collect(source.id) AS sources
}
WITH rule, sources
ORDER BY coalesce(rule.populationFrom, 0), rule.id
RETURN collect({
  id: rule.id, category: rule.category,
  population_from: rule.populationFrom, population_up_to: rule.populationUpTo,
  annual_fee: rule.annualFee, currency: rule.annualFeeCurrency,
  per_inhabitant: rule.perInhabitant, per_inhabitant_currency: rule.perInhabitantCurrency,
  least: rule.minimumFee, least_currency: rule.minimumFeeCurrency,
  most: rule.maximumFee, most_currency: rule.maximumFeeCurrency,
  stated_as_of: rule.statedAsOf, sources: sources
}) AS rules
