"""Markdown of other people: what is shown of it, and what is not."""

import re

import pytest

from kernel.text.markdown import render


def test_it_reads_markdown_and_keeps_lines():
    found = render("Write **two** functions:\n\n1. `first`\n2. second\n\nA line\nand another")
    assert "<strong>two</strong>" in found
    assert "<ol>\n<li><code>first</code></li>" in found
    assert "A line<br />\nand another" in found


def test_its_headings_begin_below_the_page_s_and_skip_no_level():
    found = render("##### Deep\n\n# One\n\n## Two\n\n#### Four\n\nUnder\n-----\n\n###### Six")
    assert re.findall(r"<h(\d)>", found) == ["3", "3", "4", "5", "4", "5"]
    assert re.findall(r"</h(\d)>", found) == ["3", "3", "4", "5", "4", "5"]


def test_wide_things_scroll_in_their_own_box():
    found = render("| a | b |\n|---|---|\n| 1 | 2 |\n\n```c\nint *x = a<b>c;\n```\n\n    indented & all")
    assert '<div class="at-over" tabindex="0" role="region" aria-label="Table"><table' in found
    assert found.count("<table") == found.count("</table></div>") == 1
    assert '<pre tabindex="0"><code>int *x = a&lt;b&gt;c;\n</code></pre>' in found
    assert "<code>indented &amp; all" in found


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
def test_nothing_in_it_runs_or_is_fetched(hostile):
    found = render(hostile)
    tags = re.findall(r"<[^>]*>", found)
    assert not re.search(r"<(script|img|iframe|b|div on)", found)
    assert not any(re.search(r"\son\w+=(?![^<]*&quot;)|javascript:|vbscript:|data:", tag, re.I) for tag in tags), tags


def test_links_lead_away_without_saying_from_where():
    assert render("[x](https://a.example/?a=1&b=2)") == (
        '<p><a href="https://a.example/?a=1&amp;b=2" rel="nofollow noopener noreferrer">x</a></p>\n'
    )


def test_a_picture_is_left_as_a_link_by_its_name():
    link = '<a href="https://a.example/{}" rel="nofollow noopener noreferrer">{}</a>'
    assert render("See ![the *plan*](https://a.example/p.png).") == f"<p>See {link.format('p.png', 'the plan')}.</p>\n"
    assert link.format("x.png", "https://a.example/x.png") in render("![](https://a.example/x.png)")
    assert render("[![<badge>](https://b.example/b.svg)](https://a.example/ci)") == (
        f"<p>{link.format('ci', '&lt;badge&gt;')}</p>\n"
    )


@pytest.mark.parametrize(
    "address", ["https://a.example", "HTTP://a.example", "mailto:a@b.example", "/farm/", "#a", "a/b:c"]
)
def test_a_link_leads_to_the_web_to_mail_or_to_a_place_of_this_site(address):
    assert "<a " in render(f"[x]({address})")


@pytest.mark.parametrize("address", ["tel:110", "ftp://a.example", "file:///etc/passwd", "ms-word:ofe|u|x", "a:b/c"])
def test_a_link_starts_nothing_else(address):
    assert "<a " not in render(f"[x]({address})")


@pytest.mark.parametrize("odd", ["", " ", "\0", "\ud800", "*" * 5000, "[" * 5000, "> " * 5000, "- " * 3000, "`" * 9999])
def test_any_text_has_its_html(odd):
    assert isinstance(render(odd), str)
