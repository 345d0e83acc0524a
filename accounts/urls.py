from django.http import HttpRequest, HttpResponse
from django.urls import path


def stub(request: HttpRequest) -> HttpResponse:
    return HttpResponse("soon")


urlpatterns = [path("", stub, name="home"), path("sign-in/", stub, name="sign-in")]
