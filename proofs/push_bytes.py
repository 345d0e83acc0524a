"""One new commit on a repository of 3 MB fetches few bytes.

Run it with `make proof NAME=push-bytes`. The repository is imported, then one commit of one line is pushed and
synchronized, then it is synchronized again without anything new. The bytes of all responses of the Git server are
counted, without their headers. The exit code is 1 when the new commit needed more than a hundredth of the repository,
or when the last synchronization fetched more than the refs.
"""

import contextlib
import os
import sys

from bench.support import instance


def main() -> int:
    """Run the proof. Returns the exit code."""
    with contextlib.ExitStack() as stack:
        broker, server = stack.enter_context(instance.broker()), stack.enter_context(instance.git_server())
        stack.enter_context(instance.atelier(REDIS_URL=broker, GIT_LOCAL_SERVERS=server.host))
        from gitsync.domain import registrations, repositories
        from gitsync.models import Commit
        from gitsync.syncing import sync, sync_queue
        from gitsync.values import CourseIds

        work = server.create("big")
        for number in range(10):
            work.write(f"data{number}.bin", os.urandom(310_000))
            work.commit(f"step {number}", src__Main_txt="".join(f"line {line}\n" for line in range(number * 30)))
        work.push()
        url = server.url("big")
        registrations.register_repository(CourseIds("t", "s", "c"), student_id="x", repo_url=url, repo_path="/")
        repository = repositories.find(url)
        assert repository is not None
        fetched, requests = [], []
        for turn in range(3):
            if turn == 1:
                work.commit("one line more", src__Main_txt="another\n")
                work.push()
            server.bytes_sent, before = 0, len(server.requests)
            sync_queue.request_sync(repository.pk, force=True)
            sync.sync_repository(repository.pk)
            fetched.append(server.bytes_sent)
            requests.append(len(server.requests) - before)
        commits = Commit.objects.filter(repository=repository).count()
    for name, size, count in zip(("first import", "one new commit", "nothing new"), fetched, requests, strict=True):
        print(f"{name:15} {size:9,} bytes in {count} requests")
    right = commits == 11 and fetched[0] > 3_000_000 and fetched[1] < fetched[0] / 100 and fetched[2] < 1000
    print(f"VERDICT: {'only new data is fetched' if right else 'too much was fetched'}; {commits} commits")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
