"""The services of docker-compose.yml that run Atelier, started without containers. Any version of Atelier."""

import contextlib
import sys
from pathlib import Path

import yaml

from bench.support import servers
from kernel.testing.ports import free_port


def service(
    name: str, root: Path, variables: dict[str, str], python: Path = Path(sys.executable)
) -> contextlib.AbstractContextManager[servers.Started]:
    """Start a service on free ports, with the code in `root`. Only the web service is waited for.

    `variables` are its environment; ATELIER_HOME is its data folder. The programs beside `python` run it.
    """
    port = free_port()
    command = [word.replace("/data/", f"{variables['ATELIER_HOME']}/") for word in services_of(root)[name]]
    command = [str(port) if word in ("8000", "8001") else word for word in command]
    command[0] = str(python.parent / command[0])
    url = f"http://127.0.0.1:{port}/sign-in/" if name == "web" else ""
    log = Path(variables["ATELIER_HOME"], f"{name}.log")
    variables = variables | {"PYTHONPATH": str(root)}  # as in the image
    return servers.started(command, url, cwd=root, variables=variables, log=log)


def services_of(root: Path) -> dict[str, list[str]]:
    """Return the command of each service that runs Atelier all the time."""
    services = yaml.safe_load((root / "docker-compose.yml").read_text())["services"]
    return {
        name: values["command"]
        for name, values in services.items()
        if values["image"].startswith("atelier:") and name != "migrate"
    }
