// Close matches between themes of different schemes.
//
// Columns (one row for each relationship)
//   source, target: ids of the two themes

MATCH (one:Theme)-[:CLOSE_MATCH]->(other:Theme)
RETURN one.id AS source, other.id AS target
