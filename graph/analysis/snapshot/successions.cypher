// Networks and their predecessors, of any generation.
//
// Columns (one row for each pair)
//   source  the network
//   target  its predecessor

MATCH (network:Network)-[:SUCCEEDS*1..]->(predecessor:Network)
RETURN DISTINCT network.id AS source, predecessor.id AS target
