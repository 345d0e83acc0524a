"""The models that answer the requests of the Git wire, exactly as the contract has them.

Keys are in the contract's order, and extra keys come after them. All times are epoch seconds in UTC.
"""

from typing import Any

from django.conf import settings

from gitsync.values import CommitsRequest, ExerciseRequest

Body = dict[str, Any]


def commit_list_model(request: CommitsRequest, commits: list[Body]) -> Body:
    return {
        "_C": "CommitListModel",
        "teacherId": request.course.teacher_id,
        "courseId": request.course.course_id,
        "semesterId": request.course.semester_id,
        "groupId": request.group_id,
        "studentId": request.student_id,
        "fromDate": request.from_date,
        "toDate": request.to_date,
        "commits": {"_C": "ObservableCommitList", "value": commits},
        request.path_key: request.path,
    }


def late_students_model(request: ExerciseRequest, student_ids: list[str]) -> Body:
    return {"_C": "LateStudentsModel", **_request_keys(request), "studentIds": student_ids}


def student_summaries_model(request: ExerciseRequest, summaries: list[Body]) -> Body:
    """Return a StudentSummariesModel.

    The contract has a plain list of summaries; the original Java client needs it wrapped.
    """
    value: Any = summaries
    if settings.WIRE_DIALECT == "aquiletour":
        value = {"_C": "ObservableStudentSummaryList", "value": summaries}
    return {"_C": "StudentSummariesModel", **_request_keys(request), "summaries": value}


def student_summary(
    student_id: str, *, last_before: int, last_after: int, completed: bool, completed_before: bool, unproven: bool
) -> Body:
    """Return the summary of one student. A time of 0 means that there is no such commit.

    "Deadline" has both spellings, the contract's and the originals'. The key `unproven` is there only when it is true.
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


def _request_keys(request: ExerciseRequest) -> Body:
    return {
        "semesterId": request.course.semester_id,
        "teacherId": request.course.teacher_id,
        "courseId": request.course.course_id,
        "groupId": request.group_id,
        "exercisePath": request.exercise_path,
        "deadline": request.deadline,
    }
