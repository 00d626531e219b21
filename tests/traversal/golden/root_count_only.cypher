MATCH (n1:City)
WHERE n1.country = $p1
RETURN [count(*)] AS answer
// $p1 = 'FI'

// As a part:
CALL () {
  MATCH (n2:City)
  WHERE n2.country = $p1
  RETURN count(*) AS x1
}
RETURN [x1] AS answer
