"""The demonstration's own forge: scripted repositories served over smart HTTP. No network, no git program."""
