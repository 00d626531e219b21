// The themes that match `theme`, one row for each reason: 0 for the theme itself, 1 for a narrower one, 2 for a close match
// of these.
MATCH (theme)<-[steps:BROADER*0..]-(answering:Theme)
RETURN answering, CASE WHEN size(steps) = 0 THEN 0 ELSE 1 END AS rank
UNION
MATCH (theme)<-[:BROADER*0..]-(:Theme)-[:CLOSE_MATCH]-(answering:Theme)
RETURN answering, 2 AS rank
