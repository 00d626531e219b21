// The themes that match `theme`, one row for each reason: 0 for the theme itself, 1 for a narrower theme, 2 for a close
// match of these. `basis` is the weakest basis of the links between the two themes.
MATCH (theme)<-[steps:BROADER*0..]-(answering:Theme)
RETURN answering, CASE WHEN size(steps) = 0 THEN 0 ELSE 1 END AS rank,
       reduce(basis = 0, step IN steps | CASE WHEN basis_of(step) > basis THEN basis_of(step) ELSE basis END) AS basis
UNION
MATCH (theme)<-[steps:BROADER*0..]-(:Theme)-[close:CLOSE_MATCH]-(answering:Theme)
RETURN answering, 2 AS rank,
       reduce(basis = basis_of(close), step IN steps |
         CASE WHEN basis_of(step) > basis THEN basis_of(step) ELSE basis END) AS basis
