MATCH (n1:City)
WHERE (n1.country = $p1 AND sin(radians(n1.latitude - $p2) / 2) ^ 2 + cos(radians(n1.latitude)) * $p4 * sin(radians(n1.longitude - $p3) / 2) ^ 2 <= $p5)
WITH n1, sin(radians(n1.latitude - $p6) / 2) ^ 2 + cos(radians(n1.latitude)) * $p8 * sin(radians(n1.longitude - $p7) / 2) ^ 2 AS k2
WHERE (NOT (k2 < $p9) AND (k2 > $p9 OR NOT (n1.id <= $p10)))
WITH n1, k2
ORDER BY k2, n1.id
LIMIT $p11
RETURN [collect([[n1.id, coalesce(n1.nameEn, n1.nameSv, n1.nameFi)], [k2]])] AS answer
// $p1 = 'FI'
// $p2 = 60.17
// $p3 = 24.94
// $p4 = 0.4974282538115699
// $p5 = 1.5397895870378625e-05
// $p6 = 60.17
// $p7 = 24.94
// $p8 = 0.4974282538115699
// $p9 = 1e-07
// $p10 = 'City:vantaa'
// $p11 = 3
