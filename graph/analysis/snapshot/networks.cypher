// Node attributes of all networks.
//
// Columns (one row for each network, by id)
//   id, name_en, name_sv, name_fi, kind, roster_complete, roster_on (a date as text)

MATCH (node:Network)
RETURN node.id AS id, node.nameEn AS name_en, node.nameSv AS name_sv, node.nameFi AS name_fi,
       node.kind AS kind, coalesce(node.rosterComplete, false) AND node.rosterAttestedOn IS NOT NULL AS roster_complete,
       toString(node.rosterAttestedOn) AS roster_on
ORDER BY id
