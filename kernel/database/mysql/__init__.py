"""Django's MySQL and MariaDB, with fewer statements around a transaction: the ENGINE of such a database."""
