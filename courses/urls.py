"""The URLs of the pages under /courses/. A fragment has the URL of its page with one more part, such as `_matrix/`."""

from django.urls import path

from courses.pages import home_cards
from courses.views import (
    counted_completions,
    course_settings,
    courses,
    deadlines,
    matrix,
    own_task,
    remote_changes,
    roster,
    roster_imports,
    semesters,
    student,
    student_repositories,
    task_report,
    tasks,
    unconfirmed_repositories,
)

urlpatterns = [
    path("", courses.course_list, name="courses"),
    path("_list/", courses.course_list_fragment, name="courses-fragment"),
    path("_home/", home_cards.main_fragment, name="courses-home-main"),
    path("_home/deadlines/", home_cards.aside_fragment, name="courses-home-aside"),
    path("new/", courses.course_new, name="course-new"),
    path("semesters/<int:pk>/", semesters.teacher_semester, name="semester"),
    path("<int:pk>/", matrix.course_matrix, name="course-matrix"),
    path("<int:pk>/_matrix/", matrix.matrix_fragment, name="course-matrix-fragment"),
    path("<int:pk>/roster/", roster.course_roster, name="course-roster"),
    path("<int:pk>/roster/<int:enrolment_pk>/remove/", roster.roster_remove, name="course-roster-remove"),
    path("<int:pk>/roster/import/", roster_imports.roster_import_new, name="course-roster-import-new"),
    path("<int:pk>/roster/import/<int:import_pk>/", roster_imports.roster_import, name="course-roster-import"),
    path(
        "<int:pk>/roster/import/<int:import_pk>/_progress/",
        roster_imports.roster_import_fragment,
        name="course-roster-import-fragment",
    ),
    path(
        "<int:pk>/repositories/confirm/",
        unconfirmed_repositories.repositories_confirm,
        name="course-repositories-confirm",
    ),
    path("<int:pk>/tasks/", tasks.task_list, name="course-tasks"),
    path("<int:pk>/settings/", course_settings.course_settings, name="course-settings"),
    path("<int:pk>/archive/", course_settings.course_archive, name="course-archive"),
    path("<int:pk>/semester/", semesters.course_semester, name="course-semester"),
    path("<int:pk>/hook/new/", tasks.hook_new, name="course-hook-new"),
    path("<int:pk>/tasks/new/", tasks.task_new, name="task-new"),
    path("<int:pk>/tasks/<int:task_pk>/", task_report.task_page, name="course-task"),
    path("<int:pk>/tasks/<int:task_pk>/_report/", task_report.task_fragment, name="course-task-fragment"),
    path("<int:pk>/tasks/<int:task_pk>/own/", own_task.own_task, name="task-own"),
    path("<int:pk>/tasks/<int:task_pk>/own/_standing/", own_task.own_task_fragment, name="task-own-fragment"),
    path("<int:pk>/tasks/<int:task_pk>/edit/", tasks.task_edit, name="task-edit"),
    path("<int:pk>/tasks/<int:task_pk>/extension/", deadlines.extension, name="task-extension"),
    path(
        "<int:pk>/tasks/<int:task_pk>/extension/<int:extension_pk>/withdraw/",
        deadlines.extension_withdraw,
        name="task-extension-withdraw",
    ),
    path("<int:pk>/tasks/<int:task_pk>/count/<str:username>/", counted_completions.task_count, name="task-count"),
    path("<int:pk>/tasks/<int:task_pk>/deadline/", deadlines.group_deadline, name="task-group-deadline"),
    path(
        "<int:pk>/tasks/<int:task_pk>/deadline/<int:deadline_pk>/remove/",
        deadlines.group_deadline_remove,
        name="task-group-deadline-remove",
    ),
    path("<int:pk>/tasks/<int:task_pk>/delete/", tasks.task_delete, name="task-delete"),
    path("<int:pk>/students/<str:username>/", student.student, name="course-student"),
    path("<int:pk>/students/<str:username>/_desk/", student.student_fragment, name="course-student-fragment"),
    path(
        "<int:pk>/students/<str:username>/repository/",
        student_repositories.repository,
        name="course-repository",
    ),
    path(
        "<int:pk>/students/<str:username>/repository/move/",
        remote_changes.repository_move,
        name="course-repository-move",
    ),
    path(
        "<int:pk>/students/<str:username>/repository/branch/",
        remote_changes.repository_branch,
        name="course-repository-branch",
    ),
    path(
        "<int:pk>/students/<str:username>/repository/_check/",
        student_repositories.repository_fragment,
        name="course-repository-fragment",
    ),
    path(
        "<int:pk>/students/<str:username>/repository/<int:repository_pk>/remove/",
        student_repositories.repository_remove,
        name="course-repository-remove",
    ),
]
