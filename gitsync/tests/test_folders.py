"""The indexes behind the matcher: they give what a comparison of everything gives, in few steps."""

from hypothesis import given
from hypothesis import strategies as st

from gitsync.rules import folders, similar_parts
from gitsync.rules.matching import Exercise, Matcher
from gitsync.rules.name_tokens import DIFFERENT, EQUAL, NamePart, likeness, parts_of_name, parts_of_path
from gitsync.rules.similar_parts import PartIndex


def course(*paths: str) -> list[Exercise]:
    return [Exercise(path, "/", path) for path in paths]


def brute_force(path: str, exercises: list[Exercise]) -> tuple[str, str]:
    """Compare a file with every exercise, part by part."""
    names = [name for name in path.split("/") if name]
    parts = parts_of_path([*names[:-1], *(name.removesuffix(".py") for name in names[-1:])])
    scores = []
    for exercise in exercises:
        wanted = [name for name in exercise.source_folder_path.split("/") if name]
        folder = parts_of_path(wanted)
        if names[: len(wanted)] == wanted:
            scores.append(((len(folder), 1, EQUAL * len(folder), -len(folder)), exercise.exercise_path))
        elif any(likeness(folder[-1], part) for part in parts) and not any(
            contradicts(part, parts) for part in folder if part.number is not None
        ):
            ends = [
                (matched + 1, exactness + likeness(folder[-1], part))
                for place, part in enumerate(parts)
                if likeness(folder[-1], part)
                for matched, exactness in [best_chain(folder[:-1], parts[:place])]
            ]
            matched, exactness = max(ends)
            scores.append(((matched, 0, exactness, -len(folder)), exercise.exercise_path))
    best = max((score for score, _ in scores), default=None)
    winners = [exercise_path for score, exercise_path in scores if score == best]
    if not winners:
        return "/", "none"
    return (winners[0], "exact" if best[1] else "fuzzy") if len(winners) == 1 else ("/", "ambiguous")


def contradicts(wanted: NamePart, parts: tuple[NamePart, ...]) -> bool:
    same_word = any(part.word == wanted.word and part.number is not None for part in parts)
    return same_word and not any(likeness(wanted, part) for part in parts)


def best_chain(front: tuple[NamePart, ...], parts: tuple[NamePart, ...]) -> tuple[int, int]:
    if not front or not parts:
        return 0, 0
    alike = likeness(front[-1], parts[-1])
    choices = [best_chain(front[:-1], parts), best_chain(front, parts[:-1])]
    if alike:
        matched, exactness = best_chain(front[:-1], parts[:-1])
        choices.append((matched + 1, exactness + alike))
    return max(choices)


NAMES = (
    "tp1|TP02|tp|3|travail pratique 1|exercice2|ex2|exercise 1|MonAtelier2|atelier 2|é1|atelier1|atelir1|xtelier1"
    "|telier1|semaine2|src|ABc|BonjourMonAtelier1|***"
)
few_names = st.sampled_from(NAMES.split("|"))
few_paths = st.lists(few_names, min_size=1, max_size=4).map("/".join)


@given(st.lists(few_paths, max_size=12, unique=True), few_paths)
def test_the_index_gives_what_a_comparison_with_every_exercise_gives(paths, path):
    exercises = course(*(f"/{folder}" for folder in paths))
    result = Matcher("/", exercises).match(f"{path}/a.py")
    assert (result.exercise_path, result.reason) == brute_force(f"{path}/a.py", exercises)


words = st.text("abcxyzé", min_size=1, max_size=7)
some_parts = st.builds(NamePart, words, st.sampled_from([None, "1"]), st.frozensets(words, max_size=2))


@given(st.lists(some_parts, max_size=20), some_parts)
def test_the_index_of_parts_finds_all_that_are_alike(parts, part):
    keys = {known: number for number, known in enumerate(dict.fromkeys(parts))}
    expected = {(key, likeness(known, part)) for known, key in keys.items()}
    assert set(PartIndex(keys).alike(part)) == {pair for pair in expected if pair[1] != DIFFERENT}


def counted(monkeypatch, module, name):
    """Count the calls of a function."""
    calls: list[int] = []
    real = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *arguments: calls.append(1) or real(*arguments))
    return calls


def test_ten_thousand_exercises_and_a_path_of_five_hundred_parts_take_few_steps(monkeypatch):
    folders_of_course = [f"/semaine{number % 50}/atelier{number % 7}/exercice{number}" for number in range(10_000)]
    matcher = Matcher("/", course(*folders_of_course))
    comparisons = counted(monkeypatch, similar_parts, "likeness")
    chains = counted(monkeypatch, folders, "_best_in_order")
    path = "/".join(f"exercice{number}" for number in range(500))
    matcher.match(f"{path}/Main.java")
    assert len(comparisons) + len(chains) < 500
    comparisons.clear()
    matcher.match("/".join(["semaine1/atelier1"] * 250) + "/exercice8/x")
    assert len(comparisons) + len(chains) < 1000


def test_ten_thousand_similar_names_are_not_all_compared(monkeypatch):
    names = ["".join(chr(97 + number // 26**place % 26) for place in range(4)) for number in range(10_000)]
    matcher = Matcher("/", course(*(f"/a{name}" for name in names)))
    comparisons = counted(monkeypatch, similar_parts, "likeness")
    assert matcher.match(f"a{names[9999]}/x").exercise_path == f"/a{names[9999]}"  # equal words are always found
    assert len(comparisons) < similar_parts.MAX_COMPARED + 100


def test_a_long_name_has_few_parts_to_keep():
    (part,) = parts_of_name("Ab" * 127)
    assert sum(map(len, part.tails)) < 200
