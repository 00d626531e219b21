MATCH (n1:Membership)
WHERE (n1.validFrom IS NULL AND NOT (n1.id <= $p1))
WITH n1, n1.validFrom AS k2
ORDER BY k2 IS NULL, k2 DESC, n1.id
LIMIT $p2
RETURN [collect([[n1.id, n1.status]])] AS answer
// $p1 = 'Membership:m'
// $p2 = 3
