"""Times survive another address: a copy of a repository, or the same one again, gives no new times."""

from datetime import datetime

import pytest

from gitsync.domain import registrations
from gitsync.models import Commit, Completion, EarlierTime, FormerRepository, Match, Registration
from gitsync.queries import commit_lists, student_summaries
from gitsync.queries.student_times import times_for_student
from gitsync.tests import builders
from gitsync.tests.synced_course import COURSE, watch
from gitsync.values import CommitsRequest, ExerciseRequest
from kernel.epoch import to_epoch

pytestmark = [pytest.mark.django_db, pytest.mark.database]
STUDENT = "1234500"


def at(text):
    """Return the epoch seconds of this time of 2 March 2026, in UTC."""
    return to_epoch(datetime.fromisoformat(f"2026-03-02T{text}+00:00"))


NOON = at("12:00")


@pytest.fixture
def school(git_server, time_machine):
    """A course with the exercise /tp1, a repository `first` that is read at 11:00, and ways to work with them."""
    watch("/tp1", keywords="TP1")
    return School(git_server, time_machine)


class School:
    def __init__(self, server, clock):
        self.server, self.clock = server, clock
        self.works = {}
        self.work("first").commit("start", at=at("10:00"), x="1")
        self.push("first")
        self.register("first", "11:00")

    def work(self, name):
        if name not in self.works:
            self.works[name] = self.server.create(name)
        return self.works[name]

    def push(self, name):
        self.work(name).push()

    def move(self, text):
        self.clock.move_to(datetime.fromisoformat(f"2026-03-02T{text}+00:00"), tick=False)

    def read(self, text):
        self.move(text)
        builders.sync_now(self.registration)

    @property
    def registration(self):
        return Registration.objects.get(student__student_id=STUDENT)

    def register(self, name, read):
        self.move(read)
        registrations.register_repository(COURSE, group_id="01", student_id=STUDENT, repo_url=self.server.url(name))
        self.read(read)

    def delete(self, name):
        registrations.delete_repository(COURSE, student_id=STUDENT, repo_url=self.server.url(name))

    def copy(self, name):
        """Copy the first repository with its history under another address."""
        first, other = self.work("first"), self.work(name)
        other.git("fetch", "-q", str(first.folder), "main")
        other.git("reset", "-q", "--hard", "FETCH_HEAD")
        return other

    def verdict(self):
        """Return whether the student is on time, and whether that is proven; None when they are late."""
        request = ExerciseRequest(COURSE, "01", "/tp1", NOON)
        (summary,) = student_summaries.student_summaries(request)["summaries"]
        late = student_summaries.late_students(request, at("23:00"))["studentIds"]
        assert summary["exerciseCompletedBeforeDeadline"] == (not late)
        return None if late else not summary.get("unproven", False)


def test_late_work_in_a_copy_under_another_address_is_late(school):
    school.read("12:30")  # the repository is read after the deadline: the work is not in it
    copy = school.copy("copy")
    copy.commit("TP1 done", at=at("09:00"), tp1__Main_java="late")
    copy.push()
    school.register("copy", "12:40")
    assert school.verdict() is None
    assert Completion.objects.get().late_time == at("12:30")


def test_late_work_after_a_delete_is_late_too(school):
    school.read("12:30")
    school.delete("first")
    copy = school.copy("copy")
    copy.commit("TP1 done", at=at("09:00"), tp1__Main_java="late")
    copy.push()
    school.register("copy", "12:40")
    assert school.verdict() is None


def test_work_in_a_copy_is_unproven_when_the_first_repository_was_last_read_before_the_deadline(school):
    copy = school.copy("copy")
    copy.commit("TP1 done", at=at("11:30"), tp1__Main_java="on time?")
    copy.push()
    school.register("copy", "12:40")
    assert school.verdict() is False


def test_a_first_import_after_the_deadline_proves_no_date(school):
    school.delete("first")
    FormerRepository.objects.all().delete()
    work = school.work("other")
    work.commit("TP1 done", at=at("09:00"), tp1__Main_java="on time?")
    work.push()
    school.register("other", "12:40")
    assert school.verdict() is False


@pytest.mark.parametrize("by", ["another address", "a delete", "the same address", "twice"])
def test_work_that_was_seen_in_time_stays_proven(school, by):
    first = school.work("first")
    first.commit("TP1 done", at=at("11:10"), tp1__Main_java="on time")
    first.push()
    school.read("11:20")
    assert school.verdict() is True
    school.copy("copy").push()
    if by == "a delete":
        school.delete("first")
    if by == "the same address":
        school.delete("first")
        school.register("first", "12:50")
    elif by == "twice":
        school.register("copy", "12:40")
        school.register("first", "12:45")
        school.register("copy", "12:50")
    else:
        school.register("copy", "12:40")
    assert school.verdict() is True
    completion = Completion.objects.get()
    assert (completion.late_time, completion.claimed_time, completion.seen_by) == (
        at("11:10"),
        at("11:10"),
        at("11:20"),
    )
    assert set(Match.objects.values_list("late_time", flat=True)) == {at("10:00"), at("11:10")}
    assert Commit.objects.get(sha=completion.commit.sha).seen_by >= at("12:40")  # as this address shows it
    (event,) = [event.body for event in builders.events() if event.kind == "OnExerciseCompleted"][-1:]
    assert (event["lateTime"], event["provenTime"]) == (at("11:10"), at("11:20"))


def test_late_work_stays_late_in_a_copy_with_a_new_date(school):
    first = school.work("first")
    first.commit("TP1 done", at=at("09:00"), tp1__Main_java="late")
    school.read("12:10")
    first.push()
    school.read("12:20")
    assert school.verdict() is None
    school.copy("copy").push()
    school.register("copy", "12:40")
    assert school.verdict() is None


def test_the_commits_of_the_wire_have_the_times_of_the_student(school):
    school.read("12:30")
    copy = school.copy("copy")
    sha = copy.commit("notes", at=at("09:00"), notes_txt="late")
    copy.push()
    school.register("copy", "12:40")
    answer = commit_lists.commits_for_repo(CommitsRequest(COURSE, "01", STUDENT, "repoPath", "/"))
    late_times = {commit["commitId"]: commit["lateTime"] for commit in answer["commits"]["value"]}
    assert late_times.pop(sha) == at("12:30")
    assert list(late_times.values()) == [at("10:00")]


def test_the_times_of_another_student_are_not_touched(school):
    school.read("12:30")
    school.copy("copy").push()
    school.register("copy", "12:40")
    registrations.register_repository(COURSE, group_id="01", student_id="bob", repo_url=school.server.url("copy"))
    bob = Registration.objects.get(student__student_id="bob")
    assert (bob.former_read_at, bob.has_earlier_times) == (None, False)


def test_a_push_reads_no_earlier_times_of_a_student_who_never_had_another_repository(school, django_assert_num_queries):
    assert not EarlierTime.objects.exists()
    with django_assert_num_queries(0):
        assert times_for_student(Registration(), [Commit(sha="a" * 40)]) == {}


def test_kept_times_go_with_the_course(school):
    school.delete("first")
    assert EarlierTime.objects.count() == 1
    assert FormerRepository.objects.get().read_at == at("11:00")
    EarlierTime.objects.get().course.delete()
    assert not EarlierTime.objects.exists()
    assert not FormerRepository.objects.exists()
