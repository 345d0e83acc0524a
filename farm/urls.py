from django.urls import path

from farm.views import booking, capacity_check, exports, machines, moves, my_bookings, reservations, timeline, undo

urlpatterns = [
    path("", timeline.timeline, name="farm-timeline"),
    path("timeline.<file_format:file_format>", exports.timeline_file, name="farm-timeline-file"),
    path("book/", booking.book, name="farm-book"),
    path("book/preview/", booking.show_preview, name="farm-book-preview"),
    path("bookings/", my_bookings.mine, name="farm-mine"),
    path("bookings.<file_format:file_format>", exports.own_bookings_file, name="farm-mine-file"),
    path("bookings/<int:pk>/", reservations.reservation, name="farm-reservation"),
    path("bookings/<int:pk>/booking.ics", exports.booking_calendar, name="farm-booking-calendar"),
    path("bookings/<int:pk>/change/", reservations.change, name="farm-change"),
    path("bookings/<int:pk>/cancel/", my_bookings.cancel, name="farm-cancel"),
    path("bookings/<int:pk>/give-back/", my_bookings.give_back, name="farm-give-back"),
    path("bookings/<int:pk>/end/", my_bookings.move_end, name="farm-move-end"),
    path("bookings/<int:pk>/card/", moves.card, name="farm-card"),
    path("bookings/<int:pk>/move/", moves.move, name="farm-move"),
    path("fit/", moves.fit, name="farm-fit"),
    path("keys/", timeline.keys, name="farm-keys"),
    path("undo/", undo.take_back, name="farm-undo"),
    path("machines/<int:pk>/free/", moves.free, name="farm-free"),
    path("home-card/", my_bookings.home_card, name="farm-home-card"),
    path("lost-times/", my_bookings.lost_times, name="farm-lost-times"),
    path("lost-times/<int:pk>/seen/", my_bookings.dismiss_lost_time, name="farm-lost-time-seen"),
    path("capacity/", capacity_check.card, name="farm-capacity-card"),
    path("capacity/check/", capacity_check.check_now, name="farm-check-now"),
    path("machines/<int:pk>/bookings.<file_format:file_format>", exports.machine_file, name="farm-machine-file"),
    path("machines/<int:pk>/", machines.machine, name="farm-machine"),
]
