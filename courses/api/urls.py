from typing import Any

from django.urls import URLPattern, re_path
from rest_framework.routers import SimpleRouter

from courses.api import answers, courses, deadlines, enrolments, events, groups, progress, repositories, tasks
from courses.api.semesters import Semesters

ROW = r"\d{1,18}"
router = SimpleRouter()
router.trailing_slash = "/?"
router.register("semesters", Semesters, basename="api-semester")


def below(path: str, view: Any, name: str, row: str = "") -> URLPattern:
    """An address below a course, with or without a final slash; `row` names a number of the path."""
    where = path.replace("ROW", rf"(?P<{row}>{ROW})")
    return re_path(rf"^(?P<pk>{ROW})/{where}/?$", view.as_view(), name=name)


urlpatterns = [
    *router.urls,
    re_path(r"^$", courses.Courses.as_view(), name="api-courses"),
    re_path(r"^events/?$", events.Events.as_view(), name="api-course-events"),
    re_path(rf"^(?P<pk>{ROW})/?$", courses.CourseDetail.as_view(), name="api-course"),
    below("groups", groups.Groups, "api-course-groups"),
    below("groups/ROW", groups.GroupDetail, "api-course-group", "group_pk"),
    below("tasks", tasks.Tasks, "api-course-tasks"),
    below("tasks/ROW", tasks.TaskDetail, "api-course-task", "task_pk"),
    below("tasks/ROW/late", progress.Late, "api-course-task-late", "task_pk"),
    below("tasks/ROW/summaries", progress.Summaries, "api-course-task-summaries", "task_pk"),
    below("tasks/ROW/answer", answers.OwnAnswer, "api-course-task-answer", "task_pk"),
    below("answers", answers.Answers, "api-course-answers"),
    below("group-deadlines", deadlines.GroupDeadlines, "api-course-group-deadlines"),
    below("group-deadlines/ROW", deadlines.GroupDeadlineDetail, "api-course-group-deadline", "deadline_pk"),
    below("extensions", deadlines.Extensions, "api-course-extensions"),
    below("extensions/ROW", deadlines.ExtensionDetail, "api-course-extension", "extension_pk"),
    below("enrolments", enrolments.Enrolments, "api-course-enrolments"),
    below("enrolments/ROW", enrolments.EnrolmentDetail, "api-course-enrolment", "enrolment_pk"),
    below("repositories", repositories.Repositories, "api-course-repositories"),
    below("matrix", progress.Matrix, "api-course-matrix"),
    below("progress", progress.ProgressRows, "api-course-progress"),
]
