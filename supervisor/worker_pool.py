"""The pool of a worker's processes."""

from celery.concurrency.prefork import TaskPool


class WorkerPool(TaskPool):
    """Celery's pool, which may be ended while its worker starts.

    Celery asks the pool whether its processes have started, also when a SIGTERM has just ended it. Its own answer is an
    error then, with a traceback in the log.
    """

    def did_start_ok(self) -> bool:
        has_ended = getattr(self, "_pool", None) is None
        return has_ended or bool(super().did_start_ok())
