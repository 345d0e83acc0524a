"""A mail server for tests, as a process of its own: `python smtp_server.py PORT FOLDER [SECONDS]`.

It writes each message that it takes into FOLDER. Then it waits for SECONDS before it answers. The name before the @ of
the recipient decides what it answers:

- busy: 451 at RCPT; unknown: 550 at RCPT; spam: 554 at DATA; anybody else: 250.
- forgetful: takes the message, and cuts the connection before it answers. Only the first time.
- hanging: takes the message, and does not answer. Only the first time.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP


class Handler:
    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder, self._seconds = folder, seconds
        self._count = 0
        self._seen: set[str] = set()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        name = address.partition("@")[0]
        if name == "busy":
            return "451 4.7.1 Try again later"
        if name == "unknown":
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        address = envelope.rcpt_tos[0]
        name = address.partition("@")[0]
        if name == "spam":
            return "554 5.7.1 This looks like spam"
        self._count += 1
        new = self._folder / "new"
        new.write_bytes(envelope.original_content)
        new.rename(self._folder / f"{self._count:04}-{name}.eml")
        is_first = name not in self._seen
        self._seen.add(name)
        if name == "forgetful" and is_first:
            server.transport.abort()
        if name == "hanging" and is_first:
            await asyncio.sleep(3600)
        await asyncio.sleep(self._seconds)
        return "250 OK"


async def main(port: int, folder: Path, seconds: float = 0.0) -> None:
    handler = Handler(folder, seconds)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", port)
    print("ready", flush=True)  # noqa: T201 - the test waits for it
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), *map(float, sys.argv[3:])))
