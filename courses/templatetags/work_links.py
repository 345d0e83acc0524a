"""The links of the page of a student's files: the same page with another choice, as a query string."""

from django import template

from courses.pages.work_query import WorkQuery

register = template.Library()


@register.filter
def with_file(query: WorkQuery, name: str) -> str:
    """Return the link to another file; "" is all files."""
    return query.with_file(name)


@register.filter
def with_state(query: WorkQuery, state: str) -> str:
    """Return the link to another state of the work."""
    return query.with_state(state)


@register.filter
def with_commit(query: WorkQuery, sha: str) -> str:
    """Return the link to the files at a commit."""
    return query.with_commit(sha)
