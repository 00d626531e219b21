MATCH (n1:City)
WHERE n1.country = $p1
RETURN [count(*)] AS answer
// $p1 = 'FI'
