"""The pool of threads in which passwords are hashed: few at once, and a full pool refuses and recovers."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.db import connection
from django.test import Client

from accounts import password_hashing
from accounts.models import GuessCount
from accounts.password_hashing import HashingPool
from kernel.errors import Busy
from kernel.testing.processes import wait_until
from kernel.testing.threads import run_at_once

ARGON2 = "accounts.password_hashing.PooledArgon2PasswordHasher"
PBKDF2 = "accounts.password_hashing.PooledPBKDF2PasswordHasher"


@pytest.mark.parametrize(("hasher", "plain"), [(ARGON2, "Argon2"), (PBKDF2, "PBKDF2")])
def test_a_hash_of_django_s_own_hasher_is_accepted(settings, hasher, plain):
    settings.PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{plain}PasswordHasher"]
    encoded = make_password("secret")
    settings.PASSWORD_HASHERS = [hasher]
    assert check_password("secret", encoded)
    assert not check_password("wrong", encoded)
    assert check_password("secret", make_password("secret"))


def test_no_more_hashes_than_threads_run_at_once():
    pool, running, most, lock = HashingPool(2, 40), [], [], threading.Lock()

    def work():
        with lock:
            running.append(1)
            most.append(len(running))
        time.sleep(0.01)
        with lock:
            running.pop()

    run_at_once(lambda _: pool.run(work), 20)
    assert max(most) == 2
    assert len(most) == 20


def test_a_full_pool_refuses_and_is_free_again_later():
    pool, go = HashingPool(1, 1), threading.Event()
    held = [threading.Thread(target=lambda: pool.run(go.wait)) for _ in range(2)]
    for thread in held:
        thread.start()
    wait_until(lambda: pool.callers == 2)
    with pytest.raises(Busy):
        pool.run(lambda: None)
    go.set()
    for thread in held:
        thread.join()
    assert pool.run(lambda: 7) == 7


@pytest.mark.django_db(transaction=True)
def test_sign_ins_leave_one_of_the_four_threads_of_a_server_for_the_pages(alice, settings, monkeypatch):
    settings.PASSWORD_HASHERS = [ARGON2, *settings.PASSWORD_HASHERS]
    pool, go = HashingPool(1, password_hashing.WAITING), threading.Event()
    pool.leave_a_thread_free()
    monkeypatch.setattr(password_hashing, "pool", lambda: pool)
    slow_hash = threading.Thread(target=lambda: pool.run(go.wait))  # the others wait for it
    slow_hash.start()
    wait_until(lambda: pool.callers == 1)

    def request(path, *fields):
        try:
            return Client().post(path, *fields) if fields else Client().get(path)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:  # a fourth one computes the slow hash
        sign_ins = [
            threads.submit(request, "/sign-in/", {"username": f"nobody{number}", "password": "wrong"})
            for number in range(6)
        ]
        page = threads.submit(request, "/sign-in/")
        assert page.result(timeout=20).status_code == 200
        refused = [answer.result() for answer in sign_ins if answer.done()]
        go.set()
        statuses = sorted(answer.result().status_code for answer in sign_ins)
    slow_hash.join()
    assert statuses == [200, 200, 503, 503, 503, 503]
    assert {(answer.status_code, bool(answer.headers["Retry-After"])) for answer in refused} == {(503, True)}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-in/", "/api/v1/token/"])
def test_a_password_that_was_not_checked_uses_no_guess(alice, settings, monkeypatch, path):
    settings.PASSWORD_HASHERS = [ARGON2, *settings.PASSWORD_HASHERS]
    alice.password = make_password("atelier-demo")
    alice.save()

    class Full:
        def run(self, work):
            raise Busy("busy", "Too many people are signing in.")

    with monkeypatch.context() as patch:
        patch.setattr(password_hashing, "pool", Full)
        answers = [Client().post(path, {"username": "alice", "password": "wrong"}) for _ in range(6)]
        signed_in = Client()
        signed_in.force_login(alice, "django.contrib.auth.backends.ModelBackend")
        fields = {"old_password": "wrong", "new_password1": "x", "new_password2": "x"}
        answers += [signed_in.post("/account/password/", fields) for _ in range(6)]
    assert {answer.status_code for answer in answers} == {503}
    assert answers[0].headers["Retry-After"]
    assert not GuessCount.objects.filter(used__gt=0).exists()
    assert Client().post("/sign-in/", {"username": "alice", "password": "atelier-demo"}).status_code == 302
