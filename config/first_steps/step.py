"""A first step, and the lists of steps of a role."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A first step. `name` is kept when a person leaves it for later, `action` is the text of its button."""

    name: str
    title: str
    text: str
    action: str
    href: str
    is_done: bool


@dataclass(frozen=True)
class StepList:
    """The steps of a role, in their order."""

    title: str
    steps: list[Step]

    @property
    def is_done(self) -> bool:
        return all(step.is_done for step in self.steps)
