"""Output of the API of received events."""

from courses.models import ReceivedEvent
from kernel.api.input_fields import RowSerializer


class EventOut(RowSerializer):
    """An event as the Git module sent it. `problem` says why it has no effect; it is empty otherwise."""

    class Meta:
        model = ReceivedEvent
        fields = ("event_id", "kind", "student_id", "received_at", "problem", "body")
