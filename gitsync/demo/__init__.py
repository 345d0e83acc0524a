"""The demonstration's Git server: scripted repositories over smart HTTP, without a network or the git program."""
