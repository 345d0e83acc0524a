"""The pages under /courses/. A fragment's address is its page's with a word more."""

from django.urls import path

from courses import home
from courses.views import student, tasks, teacher

urlpatterns = [
    path("", teacher.course_list, name="courses"),
    path("_home/", home.main_fragment, name="courses-home-main"),
    path("new/", teacher.course_new, name="course-new"),
    path("<int:pk>/", teacher.course_matrix, name="course-matrix"),
    path("<int:pk>/_matrix/", teacher.matrix_fragment, name="course-matrix-fragment"),
    path("<int:pk>/roster/", teacher.course_roster, name="course-roster"),
    path("<int:pk>/tasks/", tasks.task_list, name="course-tasks"),
    path("<int:pk>/tasks/new/", tasks.task_new, name="task-new"),
    path("<int:pk>/tasks/<int:task_pk>/", tasks.task_edit, name="task-edit"),
    path("<int:pk>/tasks/<int:task_pk>/delete/", tasks.task_delete, name="task-delete"),
    path("<int:pk>/students/<str:username>/", student.student, name="course-student"),
    path("<int:pk>/students/<str:username>/_desk/", student.student_fragment, name="course-student-fragment"),
    path("<int:pk>/students/<str:username>/repository/", student.repository, name="course-repository"),
    path(
        "<int:pk>/students/<str:username>/repository/<int:claim_pk>/remove/",
        student.repository_remove,
        name="course-repository-remove",
    ),
]
