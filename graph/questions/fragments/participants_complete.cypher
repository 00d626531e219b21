// Whether all participants of the collaboration `node` on the day are recorded.
(node:Twinning OR coalesce(node.partnersComplete, false) OR coalesce(node.rosterComplete AND node.rosterAttestedOn = $on, false))
