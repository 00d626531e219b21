MATCH (n1:City)
WHERE n1.country IN $p1 AND (n1.population >= $p2)
WITH n1, n1.population AS k2, n1.nameSort AS k3
ORDER BY k2 DESC, k3, n1.id
LIMIT $p3
RETURN [collect([[n1.id, coalesce(n1.nameEn, n1.nameSv, n1.nameFi), n1.population]])] AS answer
// $p1 = ['FI', 'SE']
// $p2 = 100000
// $p3 = 10
