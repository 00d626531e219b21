// The themes in `answers` that a node addresses. `answers` are the matches of a theme, each {theme, match, basis}. The
// `addressed` themes of the node are {theme, basis}. The basis of a hit is the weaker one of the two.
[hit IN [answer IN answers WHERE any(link IN addressed WHERE link.theme = answer.theme) | {
   theme: answer.theme, match: answer.match,
   basis: reduce(basis = answer.basis, link IN addressed |
     CASE WHEN link.theme = answer.theme AND link.basis > basis THEN link.basis ELSE basis END)
 }] | {theme: hit.theme, match: hit.match, basis: basis_name(hit.basis)}]
