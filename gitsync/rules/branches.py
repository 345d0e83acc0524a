"""Names of branches that belong to Atelier and count for nothing else."""

OWN_BRANCHES = "atelier-"
PROOF_BRANCH = OWN_BRANCHES  # and a nonce: a student pushes it to prove that a repository is theirs
