"""Bodies that arrive at the same moment: large ones are few, and hold up no small ones."""

import asyncio

from config import admission
from config.admission import Admission
from config.body_places import Places, Room
from config.tests.body_callers import Caller, Senders, echo, until


def test_a_place_that_is_given_back_goes_to_the_next_that_waits():
    async def scenario():
        places, order = Places(Room(10, 1, 10, 15)), []

        async def use(name):
            await places.take("caller")
            order.append(name)
            await asyncio.sleep(0)
            places.give_back("caller")

        waiting = [asyncio.create_task(use(name)) for name in "abcd"]
        await asyncio.sleep(0)
        waiting[1].cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert order == ["a", "c", "d"]
        await asyncio.wait_for(places.take("caller"), 1)

    asyncio.run(scenario())


def large_hook(address="192.0.2.66", **options):
    return Caller("/_git_hook", [b"x"], address=address, **{"length": 25_000_000, "complete": False} | options)


def test_few_large_bodies_arrive_at_once_from_one_address_and_in_all(monkeypatch):
    monkeypatch.setattr(admission, "LARGE", Room(at_once=5, per_caller=2, waiting_per_caller=24, seconds=15))

    async def scenario():
        senders = Senders(Admission(echo))
        bodies = [large_hook(f"192.0.2.{number}") for number in range(4) for _ in range(10)]
        await senders.begin(*bodies)
        assert sum(body.taken for body in bodies) == 5
        assert sum(body.taken for body in bodies if body.scope["client"][0] == "192.0.2.0") == 2
        await senders.end()

    asyncio.run(scenario())


def test_a_small_body_does_not_wait_for_large_ones_of_its_address():
    async def scenario():
        senders = Senders(Admission(echo))
        await senders.begin(*[large_hook() for _ in range(300)])
        small = Caller("/_git_hook", [b"x" * 10], length=10, address="192.0.2.66")
        await senders.begin(small)
        await until(lambda: small.body)
        assert small.body == b"10"
        await senders.end()

    asyncio.run(scenario())


def test_a_large_body_waits_briefly_and_is_503_then_with_the_time_to_try_again(monkeypatch):
    monkeypatch.setattr(admission, "LARGE", Room(at_once=5, per_caller=1, waiting_per_caller=24, seconds=0.05))

    async def scenario():
        senders = Senders(Admission(echo))
        second = Caller("/_git_hook", [b"x" * 1_000_000] * 2, length=2_000_000, address="192.0.2.66")
        await senders.begin(large_hook(), second)
        assert second.status is None
        await until(lambda: second.status)
        assert (second.status, second.headers[b"retry-after"]) == (503, b"5")
        assert second.taken == 2_000_000  # it was read, so that the sender reads the answer
        await senders.end()

    asyncio.run(scenario())


def test_a_large_place_is_taken_until_the_request_is_answered(monkeypatch):
    monkeypatch.setattr(admission, "LARGE", Room(at_once=1, per_caller=1, waiting_per_caller=24, seconds=15))
    answered = asyncio.Event()

    async def slow(scope, receive, send):
        await echo(scope, receive, send)
        await answered.wait()  # until here the body is on the disk

    async def scenario():
        senders = Senders(Admission(slow))
        first, second = (Caller("/_git_hook", [b"x" * 2_000_000], length=2_000_000) for _ in range(2))
        await senders.begin(first, second)
        assert (first.taken, second.taken) == (2_000_000, 0)
        answered.set()
        await until(lambda: second.body)
        assert second.body == b"2000000"

    asyncio.run(scenario())


def test_a_body_that_does_not_say_that_it_is_large_needs_a_large_place_too(monkeypatch):
    monkeypatch.setattr(admission, "LARGE", Room(at_once=1, per_caller=1, waiting_per_caller=24, seconds=15))

    async def scenario():
        senders = Senders(Admission(echo))
        first = Caller("/_git_hook", [b"x" * 600_000] * 2, complete=False)
        second = Caller("/_git_hook", [b"x" * 600_000] * 3)
        await senders.begin(first)
        await senders.begin(second)
        await until(lambda: second.status)
        assert (first.status, second.status, second.taken) == (None, 503, 1_800_000)
        await senders.end()

    asyncio.run(scenario())


def test_no_more_than_a_few_bodies_of_one_address_wait(monkeypatch):
    monkeypatch.setattr(admission, "SMALL", Room(at_once=5, per_caller=1, waiting_per_caller=2, seconds=15))

    async def scenario():
        senders = Senders(Admission(echo))
        stuck = [Caller(parts=[b"x"], complete=False, address="192.0.2.66") for _ in range(3)]
        next_one = Caller("/_git_hook", [b"x"], address="192.0.2.66")
        await senders.begin(*stuck, next_one)
        await until(lambda: next_one.status)
        assert next_one.status == 503
        await senders.end()

    asyncio.run(scenario())


def test_a_body_that_waited_for_its_place_has_all_of_its_time(monkeypatch):
    monkeypatch.setattr(admission, "FIRST_SECONDS", 0.3)
    monkeypatch.setattr(admission, "SMALL", Room(at_once=5, per_caller=1, waiting_per_caller=2, seconds=15))

    async def scenario():
        senders = Senders(Admission(echo))
        stuck, waiting = (Caller(parts=[b"x"], complete=False) for _ in range(2))
        await senders.begin(stuck, waiting)
        await until(lambda: stuck.status)
        await asyncio.sleep(0.05)
        assert (stuck.status, waiting.status, waiting.taken) == (408, None, 1)
        await senders.end()

    asyncio.run(scenario())
