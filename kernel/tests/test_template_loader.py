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
