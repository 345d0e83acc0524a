"""Settings of signing in: who checks a password, how it is hashed, and how often one may be guessed.

config/settings.py imports them.
"""

AUTHENTICATION_BACKENDS = [
    "accounts.demo_accounts.ClosedDemoAccounts",
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.PasswordBackend",
]
PASSWORD_HASHERS = [
    "accounts.password_hashing.PooledArgon2PasswordHasher",
    "accounts.password_hashing.PooledPBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
GUESSES_PER_NAME = 5  # wrong passwords for one user name at one address, in the WINDOW of accounts/guess_limits.py
GUESSES_PER_ADDRESS = 100  # whatever the names are; a school may share one address
AXES_HANDLER = "accounts.sign_in_lockout.Handler"
AXES_LOCKOUT_CALLABLE = "accounts.sign_in_lockout.lockout_response"
AXES_ENABLE_ADMIN = False  # its tables are empty
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # then django-axes marks a refused guess on the request
AXES_CLIENT_IP_CALLABLE = "kernel.web.client_address.client_address"
AXES_VERBOSE = False
