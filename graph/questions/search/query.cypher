// All nodes of the labels $labels that have $text, folded as the names are, in one of their names, in order.

CALL () {
  MATCH (node)
  WHERE node.nameFolded CONTAINS $text
  WITH node, [label IN labels(node) WHERE label IN $labels] AS wanted
  WHERE size(wanted) > 0
  // Names stand on a line each.
  WITH node, '\n' + node.nameFolded + '\n' AS names
  WITH node,
       CASE WHEN names CONTAINS '\n' + $text + '\n' THEN 0
            WHEN names CONTAINS '\n' + $text THEN 1
            WHEN names CONTAINS ' ' + $text OR names CONTAINS '-' + $text OR names CONTAINS '(' + $text THEN 2
            ELSE 3 END AS rank
  WITH node, rank, [rank, coalesce(node.nameSort, ''), node.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({
    sort_key: sort_key, node: node.id, match: ['EXACT', 'PREFIX', 'WORD_PREFIX', 'INSIDE'][rank]
  }) AS ranked
}

RETURN ranked
