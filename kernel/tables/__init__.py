"""Tables in files that people send: CSV and XLSX."""
