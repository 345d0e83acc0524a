import gc

gc.disable()  # while Django is set up: imports leave little to collect; config/apps.py enables it again
