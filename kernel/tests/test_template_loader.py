"""Templates are loaded without their indentation, and words that stood apart still do."""

from kernel.web.template_loader import without_indentation


def test_indentation_and_empty_lines_are_left_out():
    assert without_indentation("<ul>\n  <li>one</li>  \n\n  <li>two</li>\n</ul>\n") == (
        "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
    )


def test_a_silent_tag_leaves_no_empty_line_and_joins_no_words():
    assert without_indentation("a\n{% if b %}\n  c\n{% endif %}\nd\n") == "a\n{% if b %}c\n{% endif %}d\n"
    assert without_indentation("{% if b %}\n  c\n{% endif %}") == "{% if b %}\nc\n{% endif %}"


def test_a_tag_that_writes_something_keeps_its_line():
    source = "{% load atelier %}\n{% icon 'done' %}\nDone\n{% translate 'now' %}\n<b>x</b>\n"
    assert without_indentation(source) == source


def test_a_line_with_text_between_its_tags_keeps_its_line_break():
    source = '<p\n{% if a %}hidden{% endif %}\nid="x">\n{% if a %}<b>c</b>{% endif %}\ne\n{# f #} g {# h #}\ni\n'
    assert without_indentation(source) == source
    assert without_indentation("a\n{% endif %}{% if b %}\nc\n") == "a\n{% endif %}{% if b %}c\n"


def test_a_no_break_space_is_text():
    assert without_indentation("a\n\N{NO-BREAK SPACE}b\n") == "a\n\N{NO-BREAK SPACE}b\n"
