MATCH (n1:City)
WHERE (NOT (n1.nameSort < $p1) AND (n1.nameSort > $p1 OR NOT (n1.id <= $p2)))
WITH n1, n1.nameSort AS k2
ORDER BY k2, n1.id
LIMIT $p3
RETURN [collect([[n1.id, coalesce(n1.nameEn, n1.nameSv, n1.nameFi)]])] AS answer
// $p1 = 'vantaa'
// $p2 = 'City:vantaa'
// $p3 = 3
