// The themes, each with its matching themes: itself, narrower themes and close matches.
CALL (collaborations) {
  UNWIND reduce(all = [], part IN collaborations | all + part.themes) AS addressed
  WITH DISTINCT addressed.theme AS id
  MATCH (theme:Theme {id: id})
  CALL (theme) {
    @include answering_themes
  }
  WITH id, answering.id AS answering, min(basis) AS basis
  ORDER BY id, answering
  WITH id, collect({theme: answering, basis: basis_name(basis)}) AS answering
  RETURN collect({theme: id, answering: answering}) AS answers
}
