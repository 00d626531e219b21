// Narrower and broader themes.
//
// Columns (one row for each relationship)
//   source, target: ids of the narrower and of the broader theme

MATCH (narrower:Theme)-[:BROADER]->(broader:Theme)
RETURN narrower.id AS source, broader.id AS target
