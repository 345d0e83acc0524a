"""Machines in spreadsheet files: reading, writing and importing them."""
