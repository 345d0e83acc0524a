"""Reads the files of a course's tables, and makes large classes."""

import csv
import io
from datetime import UTC, datetime

import openpyxl

from courses.models import Enrolment, Progress

STARTED_AT = datetime(2026, 10, 1, tzinfo=UTC)


def rows_of(client, path, delimiter=","):
    """Return the rows of a CSV file, the titles of the columns first."""
    response = client.get(path)
    assert response.status_code == 200, path
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    text = response.getvalue().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def sheet_of(client, path):
    content = client.get(path).getvalue()
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def path_of(school, rest):
    return f"/courses/{school.course.pk}/{rest}"


def many_students(school, person, count=150):
    """Add students in bulk, each with a progress of the first exercise."""
    people = [person(f"s{number:03}", last_name=f"Name{number:03}") for number in range(3)]
    people += type(people[0]).objects.bulk_create(
        type(people[0])(username=f"s{number:03}", last_name=f"Name{number:03}") for number in range(3, count)
    )
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(course=school.course, person=student, group=school.alice.group) for student in people
    )
    Progress.objects.bulk_create(
        Progress(enrolment=enrolment, task=school.first, state="started", since=STARTED_AT) for enrolment in enrolments
    )
    return enrolments
