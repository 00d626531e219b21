CALL () {
  UNWIND $p1 AS id2
  MATCH (n3:MembershipTerm {id: id2})
  RETURN collect([n3.id, n3.annualFee, n3.annualFeeCurrency, toString(n3.validFrom), n3.validFromBound, n3.validFromPrecision, toString(n3.validUntil), n3.validUntilBound]) AS x1
}
RETURN [x1] AS answer
// $p1 = ['MembershipTerm:a']
