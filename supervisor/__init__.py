"""`manage.py up`: one command that starts, watches and ends everything an instance needs.

claims    the data folder and the port are this instance's alone
broker    which server to run, and how
prepare   migrations and static files, when something changed
child     one process, kept alive, with its log
shim      between the supervisor and each child: ends the child's whole group when the supervisor dies
console   the log lines of all, one after the other
run       the order in which all of this happens
"""
