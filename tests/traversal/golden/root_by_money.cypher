MATCH (n1:Project)
WITH n1, n1.budgetCurrency AS k2, n1.budget AS k3
ORDER BY k2 IS NULL, k2, k3 IS NULL, k3 DESC, n1.id
LIMIT $p1
RETURN [collect([[n1.id, n1.budget, n1.budgetCurrency]])] AS answer
// $p1 = 10

// As a part:
CALL () {
  MATCH (n2:Project)
  WITH n2, n2.budgetCurrency AS k3, n2.budget AS k4
  ORDER BY k3 IS NULL, k3, k4 IS NULL, k4 DESC, n2.id
  LIMIT $p1
  RETURN collect([[n2.id, n2.budget, n2.budgetCurrency]]) AS x1
}
RETURN [x1] AS answer
