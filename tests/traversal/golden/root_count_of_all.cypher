CALL () {
  MATCH (n2:City)
  RETURN count(*) AS x1
}
RETURN [x1] AS answer
