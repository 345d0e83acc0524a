"""The URLs of /api/v1/courses/."""

from django.urls import URLPattern, re_path
from rest_framework.routers import SimpleRouter

from courses.api import (
    answers,
    courses,
    credentials,
    deadlines,
    enrolments,
    events,
    groups,
    progress,
    repositories,
    tasks,
    teams,
)
from courses.api.course_view import CourseView
from courses.api.semesters import SemesterViewSet

ROW = r"\d{1,18}"
router = SimpleRouter()
router.trailing_slash = "/?"
router.register("semesters", SemesterViewSet, basename="api-semester")


def below_course(path: str, view: type[CourseView], name: str, row: str = "") -> URLPattern:
    """Return the URL pattern of a path below a course, with or without a final slash.

    `row` names the argument that takes the number at ROW in the path.
    """
    pattern = path.replace("ROW", rf"(?P<{row}>{ROW})")
    return re_path(rf"^(?P<pk>{ROW})/{pattern}/?$", view.as_view(), name=name)


urlpatterns = [
    *router.urls,
    re_path(r"^$", courses.CourseList.as_view(), name="api-courses"),
    re_path(r"^events/?$", events.EventList.as_view(), name="api-course-events"),
    re_path(rf"^(?P<pk>{ROW})/?$", courses.CourseDetail.as_view(), name="api-course"),
    below_course("starters", courses.StarterList, "api-course-starters"),
    below_course("groups", groups.GroupList, "api-course-groups"),
    below_course("groups/ROW", groups.GroupDetail, "api-course-group", "group_pk"),
    below_course("teams", teams.TeamList, "api-course-teams"),
    below_course("teams/ROW", teams.TeamDetail, "api-course-team", "team_pk"),
    below_course("teams/ROW/repositories", teams.TeamRepositories, "api-course-team-repositories", "team_pk"),
    below_course("tasks", tasks.TaskList, "api-course-tasks"),
    below_course("tasks/ROW", tasks.TaskDetail, "api-course-task", "task_pk"),
    below_course("tasks/ROW/late", progress.LateStudents, "api-course-task-late", "task_pk"),
    below_course("tasks/ROW/summaries", progress.TaskSummaries, "api-course-task-summaries", "task_pk"),
    below_course("tasks/ROW/count", progress.CountedTask, "api-course-task-count", "task_pk"),
    below_course("tasks/ROW/answer", answers.OwnAnswer, "api-course-task-answer", "task_pk"),
    below_course("answers", answers.AnswerList, "api-course-answers"),
    below_course("group-deadlines", deadlines.GroupDeadlineList, "api-course-group-deadlines"),
    below_course("group-deadlines/ROW", deadlines.GroupDeadlineDetail, "api-course-group-deadline", "deadline_pk"),
    below_course("extensions", deadlines.ExtensionList, "api-course-extensions"),
    below_course("extensions/ROW", deadlines.ExtensionDetail, "api-course-extension", "extension_pk"),
    below_course("enrolments", enrolments.EnrolmentList, "api-course-enrolments"),
    below_course("enrolments/ROW", enrolments.EnrolmentDetail, "api-course-enrolment", "enrolment_pk"),
    below_course("repositories", repositories.RepositoryList, "api-course-repositories"),
    below_course("repositories/unconfirmed", repositories.UnconfirmedRepositories, "api-course-unconfirmed"),
    below_course("credentials", credentials.CredentialList, "api-course-credentials"),
    below_course("credentials/ROW", credentials.CredentialDetail, "api-course-credential", "credential_pk"),
    below_course("credentials/ROW/test", credentials.CredentialTest, "api-course-credential-test", "credential_pk"),
    below_course("matrix", progress.Matrix, "api-course-matrix"),
    below_course("progress", progress.ProgressList, "api-course-progress"),
]
