"""Markdown that other people write: what is rendered, and what is not."""

import re

import pytest

from kernel.text import markdown
from kernel.text.markdown import render


def test_it_renders_markdown_and_keeps_line_breaks():
    html = render("Write **two** functions:\n\n1. `first`\n2. second\n\nA line\nand another")
    assert "<strong>two</strong>" in html
    assert "<ol>\n<li><code>first</code></li>" in html
    assert "A line<br />\nand another" in html


def test_headings_start_below_those_of_the_page_and_skip_no_level():
    html = render("##### Deep\n\n# One\n\n## Two\n\n#### Four\n\nUnder\n-----\n\n###### Six")
    assert re.findall(r"<h(\d)>", html) == ["3", "3", "4", "5", "4", "5"]
    assert re.findall(r"</h(\d)>", html) == ["3", "3", "4", "5", "4", "5"]


def test_tables_and_code_scroll_in_a_box_of_their_own():
    html = render("| a | b |\n|---|---|\n| 1 | 2 |\n\n```c\nint *x = a<b>c;\n```\n\n    indented & all")
    assert '<div class="at-over" tabindex="0" role="region" aria-label="Table"><table' in html
    assert html.count("<table") == html.count("</table></div>") == 1
    assert '<pre tabindex="0"><code>int *x = a&lt;b&gt;c;\n</code></pre>' in html
    assert "<code>indented &amp; all" in html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        'a <img src=x onerror="alert(1)"> b',
        "<div onclick=alert(1)>\n\nx\n\n</div>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:x)",
        "<javascript:alert(1)>",
        '[x](https://a.example/" onmouseover="alert(1))',
        '[x](https://a.example "t" onmouseover="alert(1)")',
        "![x](https://tracker.example/pixel.png)",
        '```"><script>alert(1)</script>\nx\n```',
        "| <script> |\n|---|\n| <b onclick=x> |",
    ],
)
def test_hostile_markdown_runs_nothing_and_fetches_nothing(hostile):
    html = render(hostile)
    tags = re.findall(r"<[^>]*>", html)
    assert not re.search(r"<(script|img|iframe|b|div on)", html)
    assert not any(re.search(r"\son\w+=(?![^<]*&quot;)|javascript:|vbscript:|data:", tag, re.I) for tag in tags), tags


def test_links_send_no_referrer():
    assert render("[x](https://a.example/?a=1&b=2)") == (
        '<p><a href="https://a.example/?a=1&amp;b=2" rel="nofollow noopener noreferrer">x</a></p>\n'
    )


def test_a_picture_becomes_a_link_with_its_name():
    link = '<a href="https://a.example/{}" rel="nofollow noopener noreferrer">{}</a>'
    assert render("See ![the *plan*](https://a.example/p.png).") == f"<p>See {link.format('p.png', 'the plan')}.</p>\n"
    assert link.format("x.png", "https://a.example/x.png") in render("![](https://a.example/x.png)")
    assert render("[![<badge>](https://b.example/b.svg)](https://a.example/ci)") == (
        f"<p>{link.format('ci', '&lt;badge&gt;')}</p>\n"
    )


@pytest.mark.parametrize(
    "address", ["https://a.example", "HTTP://a.example", "mailto:a@b.example", "/farm/", "#a", "a/b:c"]
)
def test_links_to_the_web_to_mail_and_to_this_site_are_allowed(address):
    assert "<a " in render(f"[x]({address})")


@pytest.mark.parametrize("address", ["tel:110", "ftp://a.example", "file:///etc/passwd", "ms-word:ofe|u|x", "a:b/c"])
def test_links_with_other_schemes_are_not_rendered(address):
    assert "<a " not in render(f"[x]({address})")


class Counted(list):
    """Tokens that count how many of them were read."""

    reads = 0

    def __getitem__(self, index):
        items = super().__getitem__(index)
        Counted.reads += len(items) if isinstance(index, slice) else 1
        return items


def test_the_work_for_pictures_grows_with_their_number(monkeypatch):
    rules, reads = markdown.MARKDOWN.renderer.rules, []
    real = rules["image"]

    def count(tokens, index, options, env):
        Counted.reads = 0
        html = real(Counted(tokens), index, options, env)
        reads.append(Counted.reads)
        return html

    monkeypatch.setitem(rules, "image", count)
    render("![a](b) [![a](b)](c) " * 300)
    assert (len(reads), set(reads)) == (600, {1})


def test_a_picture_after_a_link_is_a_link_again():
    assert render("[![a](b)](c) ![d](e)").count("<a ") == 2


def test_a_text_longer_than_any_statement_ends_as_it_is_written():
    lines = [f"- item {number}" for number in range(markdown.MAX_LINES + 2)]
    html = render("\n".join([*lines, "<b> **end**"]))
    assert html.count("<li>") == markdown.MAX_LINES
    assert html.endswith(f"{lines[-2]}\n{lines[-1]}\n&lt;b&gt; **end**</pre>\n")
    html = render("x" * markdown.MAX_CHARACTERS + "<b>")
    assert html.endswith('x</p>\n<pre tabindex="0">&lt;b&gt;</pre>\n')


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "\ud800", "*" * 5000, "[" * 5000, "> " * 5000, "- " * 3000, "`" * 9999]
)
def test_any_text_is_rendered_without_an_error(text):
    assert isinstance(render(text), str)
