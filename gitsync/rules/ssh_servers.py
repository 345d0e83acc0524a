"""Which SSH server belongs to a forge, and the host keys that the five big forges publish.

The keys come from the pages named below. Their fingerprints are compared in the tests with the published ones.
"""

SSH_PORT = 22
AZURE, AZURE_SSH = "dev.azure.com", "ssh.dev.azure.com"

# https://docs.github.com/authentication/keeping-your-account-and-data-secure/githubs-ssh-key-fingerprints
# https://docs.gitlab.com/user/gitlab_com/#ssh-host-keys-fingerprints
# https://support.atlassian.com/bitbucket-cloud/docs/configure-ssh-and-two-step-verification/
# https://docs.codeberg.org/security/ssh-fingerprint/
# https://learn.microsoft.com/azure/devops/repos/git/use-ssh-keys-to-authenticate
SHIPPED = {
    "github.com": (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5Y"
        "RrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=",
    ),
    "gitlab.com": (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf",
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFSMqzJeV9rUzU4kWitGjeR4PWSa29SPq"
        "J1fVkhtj3Hw9xjLVXVYrU9QlYWrOLXBpQ6KWjbjTDTdDkoohFzgbEY=",
    ),
    "bitbucket.org": (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIazEu89wgQZ4bqs3d63QSMzYVa0MuJ2e2gKTKqu+UUO",
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBPIQmuzMBuKdWeF4+a2sjSSpBK0iqitSQ"
        "+5BM9KhpexuGt20JpTVM7u5BDZngncgrqDMbWdxMWWOGtZ9UgbqgZE=",
    ),
    "codeberg.org": (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIVIC02vnjFyL+I4RHfvIGNtOgJMe769VTF1VR4EB3ZB",
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBL2pDxWr18SoiDJCGZ5LmxPygTlPu+cCK"
        "SkpqkvCyQzl5xmIMeKNdfdBpfbCGDPoZQghePzFZkKJNR/v9Win3Sc=",
    ),
    "ssh.dev.azure.com": (
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7Hr1oTWqNqOlzGJOfGJ4NakVyIzf1rXYd4d7wo6jBlkLvCA4odBlL0mDUyZ0/QUfTT"
        "qeu+tm22gOsv+VrVTMk6vwRU75gY/y9ut5Mb3bR5BV58dKXyq9A9UeB5Cakehn5Zgm6x1mKoVyf+FFn26iYqXJRgzIZZcZ5V6hrE0Qg39"
        "kZm4az48o0AUbf6Sp4SLdvnuMa2sVNwHBboS7EJkm57XQPVU3/QpyNLHbWDdzwtrlS+ez30S3AdYhLKEOxAG8weOnyrtLJAUen9mTkol8"
        "oII1edf7mWWbWVf0nBmly21+nZcmCTISQBtdcyPaEno7fFQMDD26/s0lfKob4Kw8H",
    ),
}


def ssh_address(host: str, path: str) -> tuple[str, str]:
    """Return the name of the SSH server and the path there, for the host and the path of an https address.

    The port of the https server is left out: SSH has its own. On Azure DevOps both the name and the path differ.
    """
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name == AZURE:
        before, found, repository = path.strip("/").partition("/_git/")
        organisation, _slash, project = before.partition("/")
        if found:
            return AZURE_SSH, f"/v3/{organisation}/{project or repository}/{repository}"
        return AZURE_SSH, path
    return name.strip("[]"), path


def https_address(host: str, path: str) -> tuple[str, str]:
    """Return the host and the path of the https address, for those of an ssh address."""
    if host != AZURE_SSH:
        return host, path
    parts = path.removeprefix("/v3/").split("/", 2)
    return AZURE, f"/{parts[0]}/{parts[1]}/_git/{parts[2]}" if len(parts) == 3 and path.startswith("/v3/") else path


def shipped_keys(server: str, port: int) -> tuple[str, ...]:
    """Return the published host keys of an SSH server, each as "kind base64"; () when none is shipped."""
    return SHIPPED.get(server, ()) if port == SSH_PORT else ()
