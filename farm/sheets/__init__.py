"""Machines in a file of a spreadsheet: read, understood, written. What is done with them is farm/sheets/importing.py."""
