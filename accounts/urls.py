from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.views import audit, help_pages, home, kept_form, mails, preferences, sign_in

urlpatterns = [
    path("", home.home, name="home"),
    path("what-changed/", home.what_changed, name="what-changed"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("account/", preferences.Profile.as_view(), name="profile"),
    path("account/kept-form/", kept_form.kept_form, name="kept-form"),
    path("account/password/", preferences.Password.as_view(), name="password"),
    path("account/sign-out-everywhere/", preferences.sign_out_everywhere, name="sign-out-everywhere"),
    path("account/language/", preferences.language, name="language"),
    path("account/theme/", preferences.theme, name="theme"),
    path("audit/", audit.audit_log, name="audit-log"),
    path("audit/log.<file_format:file_format>", audit.audit_log_file, name="audit-log-file"),
    path("help/", help_pages.own_help, name="help"),
    path("help/<slug:role>/", help_pages.help_page, name="help-page"),
    path("mails/", mails.mails, name="mails"),
    path("mails/send-failed-again/", mails.mails_send_failed_again, name="mails-send-failed-again"),
    path("mails/<int:pk>/", mails.mail_for_staff, name="mail-for-staff"),
    path("mails/<int:pk>/send-again/", mails.mail_send_again, name="mail-send-again"),
]
