"""Proofs: storms, kills, hostile servers, two installations. `make proof` lists them."""
