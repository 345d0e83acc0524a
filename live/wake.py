"""The wake-up over the broker's pub/sub: a convenience, never a promise (the stream also looks every 5 s)."""


def wake() -> None:
    """Tell every stream reader to look at the table now. A broker that is away is no error."""
