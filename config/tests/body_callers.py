"""Callers that send the bodies of requests to an ASGI application in parts."""

import asyncio


class Caller:
    """Sends the parts of a body to the application, and keeps what it answers."""

    def __init__(self, path="/account/", parts=(), *, address="192.0.2.1", length=None, complete=True, language="en"):
        self.parts = list(parts)
        self.complete = complete
        self.taken = 0  # bytes that the application has read
        self.status, self.headers, self.body = None, {}, b""
        headers = [(b"transfer-encoding", b"chunked")] if length is None else [(b"content-length", b"%d" % length)]
        headers.append((b"accept-language", language.encode()))
        self.scope = {
            "type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers,
            "client": (address, 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip

    async def receive(self):
        if not self.parts:
            await asyncio.Event().wait()  # a sender that stops
        part = self.parts.pop(0)
        self.taken += len(part)
        return {"type": "http.request", "body": part, "more_body": bool(self.parts) or not self.complete}

    async def send(self, message):
        self.status = message.get("status", self.status)
        self.headers |= dict(message.get("headers", []))
        self.body += message.get("body", b"")


async def echo(scope, receive, send):
    """Read a body as Django does, and answer its length."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message["body"]), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


class Senders:
    """Callers whose requests are served at the same moment, by one application."""

    def __init__(self, application):
        self.application, self.tasks = application, []

    async def begin(self, *callers):
        for caller in callers:
            self.tasks.append(asyncio.create_task(self.application(caller.scope, caller.receive, caller.send)))
        await asyncio.sleep(0.05)

    async def end(self):
        """End the requests that are not answered yet."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def until(condition):
    """Wait until this is true, at most five seconds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - conditions of any kind
            await asyncio.sleep(0.01)
