"""The secret of one contact with a Git server: a token or a private key."""

from gitsync.git.http_credential import HttpCredential
from gitsync.git.ssh import SshCredential

Secret = HttpCredential | SshCredential
