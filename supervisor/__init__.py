"""`manage.py up`: starts, watches and ends all processes of an instance.

instance_lock   makes sure that no other instance uses the data folder or the port
broker          finds the broker's server program and its options
prepare         runs migrations and collects static files, when something changed
programs        what the processes run
child           one process: started, restarted when it ends, its log lines copied
shim            forks each child, runs between it and the supervisor, ends its group when the supervisor ends
console         writes the log lines of all processes to the terminal
announcement    says when the pages answer and who may sign in
run             the supervisor, which does all of this in order
"""
