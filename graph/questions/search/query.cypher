// Which nodes have a text in one of their names; the best match first.
//
// Parameters
//   $text            text  folded as the names are
//   $labels          list  the labels to search among
//   $after, $before  list  keys of the rows between which the page lies, or null
//   $first, $last    int   the length of the page from its start or from its end; the other one is null
//
// Columns (one row)
//   total    int   nodes on all pages
//   offset  int   nodes before the page
//   rows     list  {sort_key, id, label, match}; match is EXACT, PREFIX, WORD_PREFIX or INSIDE, of its best name
//
// Leaves out nodes of other labels and texts other than names.

CALL () {
  MATCH (node)
  WHERE node.nameFolded CONTAINS $text
  WITH node, [label IN labels(node) WHERE label IN $labels] AS wanted
  WHERE size(wanted) > 0
  // Names stand on a line each.
  WITH node, wanted[0] AS label, '\n' + node.nameFolded + '\n' AS names
  WITH node, label,
       CASE WHEN names CONTAINS '\n' + $text + '\n' THEN 0
            WHEN names CONTAINS '\n' + $text THEN 1
            WHEN names CONTAINS ' ' + $text OR names CONTAINS '-' + $text OR names CONTAINS '(' + $text THEN 2
            ELSE 3 END AS rank
  WITH node, label, rank, [rank, coalesce(node.nameSort, ''), node.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({
    sort_key: sort_key, id: node.id, label: label, match: ['EXACT', 'PREFIX', 'WORD_PREFIX', 'INSIDE'][rank]
  }) AS ranked
}

// The page.
WITH ranked,
     [row IN ranked WHERE ($after IS NULL OR row.sort_key > $after) AND ($before IS NULL OR row.sort_key < $before)] AS span
WITH ranked,
     CASE WHEN $last IS NULL THEN span[0..$first] WHEN size(span) > $last THEN span[size(span) - $last..] ELSE span END
       AS rows
RETURN size(ranked) AS total,
       CASE WHEN $last IS NULL THEN size([row IN ranked WHERE NOT row.sort_key > $after])
            ELSE size([row IN ranked WHERE $before IS NULL OR row.sort_key < $before]) - size(rows) END AS offset, rows
