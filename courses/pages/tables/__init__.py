"""The tables of courses that people export as files, with the rows of all pages (kernel/exports/)."""
