"""Enrolment checks for settings.GITSYNC_ENROLMENT_CHECK, in place of the one of courses."""


def everybody(course, student_id, repo_path=None, group_id=None):
    return True


def in_strudon(course, student_id, repo_path=None, group_id=None):
    """Whether the course is StruDon. It asks for a repository at "/" and "/depot", and has no groups."""
    return course.course_id == "StruDon" and repo_path in (None, "/", "/depot") and group_id in (None, "")
