from django.middleware.locale import LocaleMiddleware


class LanguageMiddleware(LocaleMiddleware):
    """The reader's language: their own choice, else their browser's."""


class PersonMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)
