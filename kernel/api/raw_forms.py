"""The browsable API's raw-data forms, filled with a sample where DRF has no serializer to fill them from."""

import json
from typing import Any

from rest_framework.renderers import BrowsableAPIRenderer


class SampleBodyRenderer(BrowsableAPIRenderer):
    """Fills the raw-data form with what the view's `sample(method, shown)` returns.

    `shown` is the data on the page, `{}` for an error. None keeps DRF's own content. DELETE gets a form too when there
    is a sample for it; without one it is a button.
    """

    def get_context(self, data: Any, accepted_media_type: Any, renderer_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        view = renderer_context["view"]
        if self._sample(view, "DELETE", data) is not None:
            context["raw_data_delete_form"] = self.get_raw_data_form(data, view, "DELETE", renderer_context["request"])
        return context

    def get_raw_data_form(self, data: Any, view: Any, method: str, request: Any) -> Any:
        form = super().get_raw_data_form(data, view, method, request)
        sample = self._sample(view, method, data)
        if form and sample is not None:
            form.fields["_content"].initial = json.dumps(sample, indent=4, ensure_ascii=False)
        return form

    def _sample(self, view: Any, method: str, data: Any) -> Any:
        shown = data if isinstance(data, dict) and "error" not in data else {}
        return view.sample(method, shown) if hasattr(view, "sample") else None
