"""The models that answer a request of the Git wire, to the letter of the contract.

Keys stand in the contract's order, extra keys after them. All times are epoch seconds in UTC.
"""

from typing import Any

from django.conf import settings

from gitsync.values import CommitsRequest, ExerciseRequest

Body = dict[str, Any]


def commit_list_model(asked: CommitsRequest, commits: list[Body]) -> Body:
    return {
        "_C": "CommitListModel",
        "teacherId": asked.course.teacher_id,
        "courseId": asked.course.course_id,
        "semesterId": asked.course.semester_id,
        "groupId": asked.group_id,
        "studentId": asked.student_id,
        "fromDate": asked.from_date,
        "toDate": asked.to_date,
        "commits": {"_C": "ObservableCommitList", "value": commits},
        asked.path_key: asked.path,
    }


def late_students_model(asked: ExerciseRequest, student_ids: list[str]) -> Body:
    return {"_C": "LateStudentsModel", **_exercise(asked), "studentIds": student_ids}


def student_summaries_model(asked: ExerciseRequest, summaries: list[Body]) -> Body:
    """A plain list in the contract; the original Java client needs it wrapped."""
    value: Any = summaries
    if settings.WIRE_DIALECT == "aquiletour":
        value = {"_C": "ObservableStudentSummaryList", "value": summaries}
    return {"_C": "StudentSummariesModel", **_exercise(asked), "summaries": value}


def student_summary(
    student_id: str, *, last_before: int, last_after: int, completed: bool, completed_before: bool, unproven: bool
) -> Body:
    """Both spellings of "deadline": the contract's and the originals'. 0 = no such commit; `unproven` is there only
    when it is true.
    """
    return {
        "_C": "StudentSummary",
        "studentId": student_id,
        "lastCommitBeforeDealine": last_before,
        "lastCommitAfterDealine": last_after,
        "exerciseCompleted": completed,
        "exerciseCompletedBeforeDeadline": completed_before,
        "lastCommitBeforeDeadline": last_before,
        "lastCommitAfterDeadline": last_after,
        **({"unproven": True} if unproven else {}),
    }


def _exercise(asked: ExerciseRequest) -> Body:
    return {
        "semesterId": asked.course.semester_id,
        "teacherId": asked.course.teacher_id,
        "courseId": asked.course.course_id,
        "groupId": asked.group_id,
        "exercisePath": asked.exercise_path,
        "deadline": asked.deadline,
    }
