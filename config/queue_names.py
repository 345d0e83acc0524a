"""The names of Celery's queues. Fetching has a queue and a worker of its own."""

FETCH_QUEUES = ["sync"]
WORK_QUEUES = ["default", "match", "deliver", "mail", "similarity"]
QUEUES = [*WORK_QUEUES, *FETCH_QUEUES]
