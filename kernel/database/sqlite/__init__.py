"""Django's SQLite, where the writers of one process wait for each other in order: the ENGINE of a SQLite database."""
