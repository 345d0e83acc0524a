"""How a booking looks in each state."""

import pytest
from django.template import Context, Template
from django.utils import translation

from farm.models.states import State
from farm.timeline.state_styles import STATE_STYLES


def render(source: str, **values) -> str:
    return Template("{% load farm %}" + source).render(Context(values))


def test_every_state_of_a_booking_has_a_style():
    assert set(State) <= set(STATE_STYLES)


@pytest.mark.parametrize("state", STATE_STYLES)
def test_every_style_has_an_icon_of_the_sprite_words_and_a_colour(state, settings):
    sprite = (settings.BASE_DIR / "static/icons.svg").read_text()
    style = STATE_STYLES[state]
    assert f'id="i-{style.icon}"' in sprite
    with translation.override("en"):
        label = render("{% booking_state state %}", state=state)
        badge = render("{% booking_state state badge=True %}", state=state)
    assert label.startswith(f'<span class="at-state {style.colour}">')
    assert label.endswith(f"{style.words}</span>")
    assert badge.endswith(f"{style.short or style.words}</span>")


def test_a_running_booking_is_coloured_only_for_its_owner():
    own, other = (render("{% booking_state 'active' yours=yours %}", yours=yours) for yours in (True, False))
    assert "at-yours" in own
    assert "at-yours" not in other
