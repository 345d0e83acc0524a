"""Enrolment checks for settings.GITSYNC_ENROLMENT_CHECK, in place of the one of courses."""


def everybody(course, student_id, repo_path=None):
    return True


def in_strudon(course, student_id, repo_path=None):
    """Whether the course is StruDon; it asks for a repository at "/" and at the path of the golden files."""
    return course.course_id == "StruDon" and repo_path in (None, "/", "/depot")
