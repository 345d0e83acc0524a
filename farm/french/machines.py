"""/Ressource of the French wire: list, read, add, change and retire machines."""

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.principals import caller_of
from farm.domain import machines
from farm.domain.idempotency import run_once
from farm.french import wire_format
from farm.french.base import FrenchView, created, id_from_path
from farm.models import Machine
from kernel.errors import Unknown
from kernel.wire import read_boolean


def machine_at(text: str) -> Machine:
    """Return the machine with this id in the path. Raises Unknown, also for a retired one."""
    machine = Machine.objects.listed().filter(pk=id_from_path(text)).first()
    if machine is None:
        raise Unknown("unknown_resource", _("There is no machine %(id)s.") % {"id": text})
    return machine


class MachineView(FrenchView):
    fields = {"gpu_count": "quantiteGPU", "memory_gb": "quantiteMemoire"}
    samples = {"POST": wire_format.MACHINE_SAMPLE}

    def quantities(self, *, partial: bool = False) -> dict[str, int]:
        """Read the quantities of the body, by their names in the model.

        `partial` allows absent ones.
        """
        data = self.body()
        return {
            name: wire_format.read_whole_number(data, french_name, text=True)
            for name, french_name in self.fields.items()
            if not partial or data.get(french_name) is not None
        }


class MachineListView(MachineView):
    name = "/Ressource"

    def get(self, request: Request) -> Response:
        rows, headers = self.page(Machine.objects.listed().order_by("pk"))
        return Response({"Ressources": [wire_format.write_machine(row) for row in rows]}, headers=headers)

    def post(self, request: Request) -> Response:
        data = self.body()
        chosen_id = None
        if "id" in data:
            chosen_id = wire_format.read_whole_number(data, "id", low=1, high=wire_format.MAX_ID, text=True)
        values = self.quantities()
        return run_once(
            request,
            lambda machine: created(request, "Ressource", machine.pk, wire_format.write_machine(machine)),
            lambda also: machines.add_machine(actor=caller_of(request), id=chosen_id, also=also, **values),
        )


class MachineDetailView(MachineView):
    name = "/Ressource/<id>"
    samples = {
        "PUT": {**wire_format.MACHINE_SAMPLE, "confirmer": False},
        "PATCH": {**wire_format.MACHINE_SAMPLE, "confirmer": False},
        "DELETE": {"confirmer": False},
    }

    def get(self, request: Request, pk: str) -> Response:
        return Response(wire_format.write_machine(machine_at(pk)))

    def put(self, request: Request, pk: str, partial: bool = False) -> Response:
        machine_id = machine_at(pk).pk
        confirm = read_boolean(self.body(), "confirmer", False)
        values = self.quantities(partial=partial)
        machine = machines.change_machine(actor=caller_of(request), machine_id=machine_id, confirm=confirm, **values)
        return Response(wire_format.write_machine(machine))

    def patch(self, request: Request, pk: str) -> Response:
        return self.put(request, pk, partial=True)

    def delete(self, request: Request, pk: str) -> Response:
        """Retire the machine; `confirmer` is read from the body or from the query."""
        confirm = read_boolean(self.body() or request.query_params.dict(), "confirmer", False)
        machines.retire(actor=caller_of(request), machine_id=machine_at(pk).pk, confirm=confirm)
        return Response(status=204)
