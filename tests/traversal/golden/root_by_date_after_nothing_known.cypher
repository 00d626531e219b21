MATCH (n1:Membership)
WHERE (n1.validFrom IS NULL AND NOT (n1.id <= $p1))
WITH n1, n1.validFrom AS k2
ORDER BY k2 IS NULL, k2 DESC, n1.id
LIMIT $p2
RETURN [collect([[n1.id, n1.status]])] AS answer
// $p1 = 'Membership:m'
// $p2 = 3

// As a part:
CALL () {
  MATCH (n2:Membership)
  WHERE (n2.validFrom IS NULL AND NOT (n2.id <= $p1))
  WITH n2, n2.validFrom AS k3
  ORDER BY k3 IS NULL, k3 DESC, n2.id
  LIMIT $p2
  RETURN collect([[n2.id, n2.status]]) AS x1
}
RETURN [x1] AS answer
