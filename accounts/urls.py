from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.views import (
    browsers,
    home,
    kept_form,
    mails,
    one_time_codes,
    one_time_links,
    password_reset,
    people,
    preferences,
    sign_in,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("what-changed/", home.what_changed, name="what-changed"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("in/<str:secret>/", one_time_links.one_time_link, name="one-time-link"),
    path("code/", one_time_codes.one_time_code, name="one-time-code"),
    path("password-reset/", password_reset.password_reset, name="password-reset"),
    path("password-reset/sent/", password_reset.password_reset_sent, name="password-reset-sent"),
    path("account/", preferences.Profile.as_view(), name="profile"),
    path("account/kept-form/", kept_form.kept_form, name="kept-form"),
    path("account/password/", preferences.Password.as_view(), name="password"),
    path("account/sign-out-everywhere/", preferences.sign_out_everywhere, name="sign-out-everywhere"),
    path("account/browsers/<int:pk>/end/", browsers.browser_end, name="browser-end"),
    path("account/language/", preferences.language, name="language"),
    path("account/theme/", preferences.theme, name="theme"),
    path("people/codes/", one_time_codes.print_codes, name="print-codes"),
    path("people/<int:pk>/", people.person_account, name="person-account"),
    path("people/<int:pk>/invite/", people.person_invite, name="person-invite"),
    path("people/<int:pk>/close/", people.person_close, name="person-close"),
    path("people/<int:pk>/reopen/", people.person_reopen, name="person-reopen"),
    path("mails/", mails.mails, name="mails"),
    path("mails/send-failed-again/", mails.mails_send_failed_again, name="mails-send-failed-again"),
    path("mails/<int:pk>/", mails.mail_for_staff, name="mail-for-staff"),
    path("mails/<int:pk>/send-again/", mails.mail_send_again, name="mail-send-again"),
]
