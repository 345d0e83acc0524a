from django.urls import path

from farm.views import booking, checks, machines, mine, moves, reservations, timeline, undo

urlpatterns = [
    path("", timeline.timeline, name="farm-timeline"),
    path("book/", booking.book, name="farm-book"),
    path("book/preview/", booking.show_preview, name="farm-book-preview"),
    path("bookings/", mine.mine, name="farm-mine"),
    path("bookings/<int:pk>/", reservations.reservation, name="farm-reservation"),
    path("bookings/<int:pk>/change/", reservations.change, name="farm-change"),
    path("bookings/<int:pk>/cancel/", mine.cancel, name="farm-cancel"),
    path("bookings/<int:pk>/give-back/", mine.give_back, name="farm-give-back"),
    path("bookings/<int:pk>/end/", mine.move_end, name="farm-move-end"),
    path("bookings/<int:pk>/card/", moves.card, name="farm-card"),
    path("bookings/<int:pk>/move/", moves.move, name="farm-move"),
    path("fit/", moves.fit, name="farm-fit"),
    path("undo/", undo.take_back, name="farm-undo"),
    path("machines/<int:pk>/free/", moves.free, name="farm-free"),
    path("home-card/", mine.home_card, name="farm-home-card"),
    path("capacity/", checks.card, name="farm-capacity-card"),
    path("capacity/check/", checks.check_now, name="farm-check-now"),
    path("machines/<int:pk>/", machines.machine, name="farm-machine"),
]
