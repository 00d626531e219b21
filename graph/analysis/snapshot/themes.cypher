// Every theme.
//
// Columns (one row for each theme)
//   id

MATCH (theme:Theme)
RETURN theme.id AS id
