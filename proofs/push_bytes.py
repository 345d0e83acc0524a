"""Bytes fetched for one new commit on a repository of 3 MB: `make proof NAME=push-bytes`.

The repository is imported, then one commit of one line is pushed and looked at; then looked at again with nothing new.
Everything that the server sent is counted, headers aside. The exit code is 1 when the new commit cost more than a
hundredth of the repository, or when anything but refs was asked for at the last look.
"""

import contextlib
import os
import sys

from bench.support import instance


def main() -> int:
    with contextlib.ExitStack() as held:
        broker, server = held.enter_context(instance.a_broker()), held.enter_context(instance.git_server())
        held.enter_context(instance.atelier(REDIS_URL=broker, GIT_LOCAL_SERVERS=server.host))
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
        address = repositories.find(url)
        assert address is not None
        fetched, asked = [], []
        for turn in range(3):
            if turn == 1:
                work.commit("one line more", src__Main_txt="another\n")
                work.push()
            server.bytes_sent, before = 0, len(server.requests)
            sync_queue.request_sync(address.pk, force=True)
            sync.sync_repository(address.pk)
            fetched.append(server.bytes_sent)
            asked.append(len(server.requests) - before)
        commits = Commit.objects.filter(repository=address).count()
    for what, number, count in zip(("first import", "one new commit", "nothing new"), fetched, asked, strict=True):
        print(f"{what:15} {number:9,} bytes in {count} requests")
    good = commits == 11 and fetched[0] > 3_000_000 and fetched[1] < fetched[0] / 100 and fetched[2] < 1000
    print(f"VERDICT: {'only what is new is fetched' if good else 'too much was fetched'}; {commits} commits")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
