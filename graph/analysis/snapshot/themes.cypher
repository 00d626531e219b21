// Ids of all themes.
//
// Columns (one row for each theme)
//   id

MATCH (theme:Theme)
RETURN theme.id AS id
