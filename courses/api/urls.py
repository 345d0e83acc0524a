from django.urls import path

from courses.api import views

urlpatterns = [
    path("", views.Courses.as_view(), name="api-courses"),
    path("events/", views.Events.as_view(), name="api-course-events"),
    path("<int:pk>/", views.CourseDetail.as_view(), name="api-course"),
    path("<int:pk>/tasks/", views.Tasks.as_view(), name="api-course-tasks"),
    path("<int:pk>/tasks/<int:task_pk>/", views.TaskDetail.as_view(), name="api-course-task"),
    path("<int:pk>/enrolments/", views.Enrolments.as_view(), name="api-course-enrolments"),
    path("<int:pk>/matrix/", views.Matrix.as_view(), name="api-course-matrix"),
    path("<int:pk>/repositories/", views.Repositories.as_view(), name="api-course-repositories"),
]
