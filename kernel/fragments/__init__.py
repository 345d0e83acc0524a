"""Pieces of HTML that a page repeats many times, prepared once and then filled in. fragment.py tells how."""
