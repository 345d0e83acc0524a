"""How many statements a synchronization takes."""

import pytest

from gitsync.syncing import sync, sync_queue
from gitsync.tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def statements_of_sync(registration, queries_of):
    """Return the statements of one synchronization, without those around its transactions."""

    def run():
        sync_queue.request_sync(registration.repository_id, force=True)
        queries = queries_of(lambda: sync.sync_repository(registration.repository_id))
        return [sql for sql in queries if "SAVEPOINT" not in sql and sql.split()[0] not in ("BEGIN", "COMMIT")]

    return run


def test_a_first_synchronization_takes_few_statements_for_30_commits(work, statements_of_sync):
    builders.exercise("/tp1", keywords="TP1")
    for number in range(28):
        work.commit(f"work {number}", tp1__a_txt=f"{number}\n")
    work.push()
    statements = statements_of_sync()
    assert len(statements) <= 47, "\n".join(statements)


def test_a_synchronization_without_news_takes_few_statements(work, statements_of_sync):
    statements_of_sync()
    statements = statements_of_sync()
    assert len(statements) <= 18, "\n".join(statements)
