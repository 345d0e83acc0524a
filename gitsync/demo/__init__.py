"""The demonstration's own forge: repositories made from a script, served over smart HTTP. No network, no git program."""
