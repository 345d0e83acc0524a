"""Projects: their owners and members, who are chosen by searching."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.principals import person_of
from farm.admin.forms import ProjectForm
from farm.domain import projects
from farm.models import Project


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = ProjectForm
    list_display = ["name", "owner_names", "member_count"]
    search_fields = ["name", "owners__username", "owners__last_name", "members__username"]
    autocomplete_fields = ["owners", "members"]

    class Media:
        js = [Script("js/admin_search.js", type="module")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        rows: QuerySet[Project] = super().get_queryset(request).prefetch_related("owners")
        return rows.annotate(people=Count("members", distinct=True))

    @admin.display(description=_("owners"))
    def owner_names(self, project: Project) -> str:
        return ", ".join(person.display_name for person in project.owners.all())

    @admin.display(description=_("members"), ordering="people")
    def member_count(self, project: Any) -> int:
        return int(project.people)

    def save_model(self, request: HttpRequest, obj: Project, form: Any, change: bool) -> None:
        """The command also saves owners and members."""
        values = {name: form.cleaned_data[name] for name in ("name", "owners", "members")}
        obj.pk = projects.save_project(actor=person_of(request), project=obj if change else None, **values).pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing: `save_model` has saved owners and members."""

    def delete_model(self, request: HttpRequest, obj: Project) -> None:
        projects.remove_project(actor=person_of(request), project=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        for project in queryset:
            projects.remove_project(actor=person_of(request), project=project)
