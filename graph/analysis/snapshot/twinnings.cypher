// Node attributes of all pairs of twin towns.
//
// Columns (one row for each pair, by id)
//   id, name_en, name_sv, name_fi, kind, roster_complete, roster_on: kind and roster_on are null

MATCH (node:Twinning)
RETURN node.id AS id, node.nameEn AS name_en, node.nameSv AS name_sv, node.nameFi AS name_fi,
       null AS kind, true AS roster_complete, null AS roster_on
ORDER BY id
