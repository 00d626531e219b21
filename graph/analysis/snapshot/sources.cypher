// Citations of memberships and twinnings.
//
// Columns (one row for each citation of a fact)
//   source, target: ids of the fact and of the citation

MATCH (fact)-[:CITES]->(citation:Citation)
WHERE fact:Membership OR fact:Twinning
RETURN fact.id AS source, citation.id AS target
