// The names of all nodes that `search` finds. `relationships` is the number of relationships of a city or network, and 0
// for other nodes.

MATCH (node:Activity|City|CityGroup|Decision|District|Document|EuInitiative|FundingProgramme|Network|Organisation
  |Programme|Project|Theme|ThemeScheme|Unit|WorkingGroup)
WHERE node.nameSort IS NOT NULL
RETURN node.id AS id, node.nameSort AS name_sort, node.nameEn AS name_en, node.nameSv AS name_sv, node.nameFi AS name_fi,
       coalesce(node.otherNames, []) AS other_names, coalesce(node.formerNames, []) AS former_names,
       CASE WHEN node:City OR node:Network THEN COUNT { (node)--() } ELSE 0 END AS relationships
