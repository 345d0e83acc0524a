"""Django's SQLite, where the writers of one process wait for each other in order: the ENGINE of a SQLite database."""

FOLD_FUNCTION = "ATELIER_FOLD"  # an SQL function of each connection: kernel/text/folding.py, without case and accents
