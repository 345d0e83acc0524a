"""Queueing a task while the broker does not answer."""

import logging

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from kernel import task_queue


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError("refused"), ConnectionRefusedError("refused")])
def test_a_missing_broker_is_one_line_of_the_log_and_no_error(monkeypatch, caplog, error):
    def unreachable(*_args, **_options):
        raise error

    monkeypatch.setattr(task_queue.app(), "send_task", unreachable, raising=False)
    with caplog.at_level(logging.WARNING), transaction.atomic():
        task_queue.queue_after_commit("gitsync.tasks.remove_stores")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "The broker does not answer" in caplog.text
    assert "Traceback" not in caplog.text
