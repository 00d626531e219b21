// Themes addressed by networks, working groups and projects.
//
// Columns (one row for each relationship)
//   source, target: ids of the collaboration and of the theme

MATCH (node)-[:ADDRESSES]->(theme:Theme)
WHERE node:Network OR node:WorkingGroup OR node:Project
RETURN node.id AS source, theme.id AS target
