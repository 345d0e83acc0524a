"""Machines in a file of a spreadsheet: read, understood, written. Imported by farm/sheets/importing.py."""
