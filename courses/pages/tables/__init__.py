"""The tables of courses that people take away as files, with the rows of all pages (kernel/exports/)."""
