MATCH (n1:Project)
WITH n1, n1.budgetCurrency AS k2, n1.budget AS k3
ORDER BY k2 IS NULL, k2, k3 IS NULL, k3 DESC, n1.id
LIMIT $p1
RETURN [collect([[n1.id, n1.budget, n1.budgetCurrency]])] AS answer
// $p1 = 10
