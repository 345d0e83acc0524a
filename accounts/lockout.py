from django.http import HttpResponse


def locked_out(request, credentials, *args, **kwargs):
    return HttpResponse(status=429)
