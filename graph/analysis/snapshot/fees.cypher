// Fees of the terms of all memberships.
//
// Columns (one row for each term with a fee that is charged in known years)
//   membership, first_year, last_year, annual_fee, annual_currency, total_fee, total_currency; fees in minor units

MATCH (term:MembershipTerm)-[:UNDER]->(m:Membership)
WHERE term.chargedFrom IS NOT NULL AND (term.annualFee IS NOT NULL OR term.totalFee IS NOT NULL)
RETURN m.id AS membership, term.chargedFrom AS first_year, term.chargedUntil AS last_year,
       term.annualFee AS annual_fee, term.annualFeeCurrency AS annual_currency,
       term.totalFee AS total_fee, term.totalFeeCurrency AS total_currency
