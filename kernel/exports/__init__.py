"""Tables that people export as files: CSV and XLSX. Apps build the tables; accounts/exports.py sends the files."""
