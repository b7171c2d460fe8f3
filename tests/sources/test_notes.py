from __future__ import annotations

import pytest

from bot.episode import Link, Note, Section
from bot.sources.notes import clean, read
from bot.sources.site import Site

SITE = Site(section="post", base_url="https://show.example")
HERE = "https://show.example/post/episode-2-two/"


def sections(markdown: str) -> tuple[Section, ...]:
    return read(markdown, SITE, HERE).sections


def notes(markdown: str) -> tuple[Note, ...]:
    [section] = sections(markdown)
    return section.notes


def links(markdown: str) -> list[Link]:
    return [link for section in sections(markdown) for link in section.links]


def test_empty() -> None:
    assert read("", SITE, HERE) == ((), None)
    assert read("\n<!--more-->\n", SITE, HERE) == ((), None)


def test_sections() -> None:
    first, about, week = sections(
        "Hi.\n\n##### About Ina\n\nShe *is* `here`.\n\n# Week #\n\n- One\n"
    )
    assert first == Section("", 0, (Note("Hi."),))
    assert about == Section("About Ina", 5, (Note("She is here."),))
    assert week == Section("Week", 1, (Note("One", (), 1),))
    assert (about.text, week.text) == ("She is here.", "")
    assert (about.items, week.items) == ([], [Note("One", (), 1)])


def test_headings_of_other_forms() -> None:
    assert [
        (s.heading, s.level) for s in sections("One\n===\n\nTwo\n---\n<h3 id=x>A &amp; B</h3>")
    ] == [
        ("One", 1),
        ("Two", 2),
        ("A & B", 3),
    ]
    # A heading without words starts a section all the same.
    assert [s.heading for s in sections("# One\n\n#\n\nText")] == ["One", ""]


def test_links_in_a_heading() -> None:
    [section] = sections("## About [Ina](https://ina.example) <a href='/x'>here</a>\n\nText\n")
    assert section.heading == "About Ina here"
    assert section.links == [
        Link("https://ina.example", "Ina", "Ina"),
        Link("https://show.example/x", "here", "here"),
    ]
    assert section.text == "Text"


def test_summary() -> None:
    assert read("One\n\n- two\n\n<!--more-->\n\nThree\n", SITE, HERE).summary == "One\ntwo"
    assert read("One\n\n<!-- more -->\n\nThree\n<!--more-->\n", SITE, HERE).summary == "One"
    assert read("One\n\n##### Two\n\nThree\n", SITE, HERE).summary == "One"
    assert read("##### Two\n\nThree\n", SITE, HERE).summary is None
    assert read("# A\n\nOne\n\n<!--more-->\n\nThree\n", SITE, HERE).summary == "One"


def test_nested_lists() -> None:
    markdown = "- One\n  - Two [site](https://two.example)\n    1. Three\n  - Four\n- Five\n\nSix\n"
    assert [(note.text, note.depth) for note in notes(markdown)] == [
        ("One", 1),
        ("Two site", 2),
        ("Three", 3),
        ("Four", 2),
        ("Five", 1),
        ("Six", 0),
    ]


def test_text_of_an_item_around_a_nested_list() -> None:
    assert [(note.text, note.depth) for note in notes("* One\n\n  * Two\n\n  More of one\n")] == [
        ("One", 1),
        ("Two", 2),
        ("More of one", 1),
    ]


def test_paragraph_after_a_list() -> None:
    assert [note.depth for note in notes("- One\n\n<p>Two</p>\n\n- Three\n\n<div>Four</div>")] == [
        1,
        0,
        1,
        0,
    ]


def test_label_of_a_link_is_that_of_its_item() -> None:
    assert links("- Kaggle [homepage](https://k.example) and [blog](https://k.example/b)\n") == [
        Link("https://k.example", "homepage", "Kaggle"),
        Link("https://k.example/b", "blog", "Kaggle"),
    ]
    assert links("- [Kaggle](https://k.example)")[0].label == "Kaggle"
    assert links("Kaggle [homepage](https://k.example)")[0].label == "homepage"


@pytest.mark.parametrize(
    ("item", "label"),
    [
        ("Read - [this](https://x.example) (in [that](https://x.example))", "Read"),
        ("Kaggle ([site](https://x.example), [blog](https://x.example))", "Kaggle"),
        ("“Laugh” by Tim of [Sounds](https://x.example)", "“Laugh” by Tim"),
        ("[Go](https://x.example): the language (2009)", "the language (2009)"),
    ],
)
def test_label_without_what_joined_the_links(item: str, label: str) -> None:
    assert {link.label for link in links(f"- {item}")} == {label}


@pytest.mark.parametrize(
    ("markdown", "url", "text"),
    [
        ("[a b](https://x.example)", "https://x.example", "a b"),
        ("[a\nb](https://x.example)", "https://x.example", "a b"),
        ("[a](https://x.example/b_(c))", "https://x.example/b_(c)", "a"),
        ("[a](\nhttps://x.example)", "https://x.example", "a"),
        ("[a](<https://x.example/b c>)", "https://x.example/b%20c", "a"),
        ("[*a* `b`](https://x.example)", "https://x.example", "a b"),
        ("[a][1]\n\n[1]: https://x.example", "https://x.example", "a"),
        ("https://x.example/y", "https://x.example/y", "https://x.example/y"),
        ("<https://x.example>", "https://x.example", "https://x.example"),
        ("mail ina@x.example", "mailto:ina@x.example", "ina@x.example"),
        ("[a](mailto:ina@x.example)", "mailto:ina@x.example", "a"),
        ('<a class="b" href="https://x.example?a&amp;b" >a</a>', "https://x.example?a&b", "a"),
        ("<A HREF='https://x.example'>a</A>", "https://x.example", "a"),
        ("<a href=https://x.example>a</a>", "https://x.example", "a"),
        ('<a href="https://x.example">a', "https://x.example", "a"),
        ("[a](/images/b.png)", "https://show.example/images/b.png", "a"),
        ("[a](../b/)", "https://show.example/../b/", "a"),
        ("[a](#b)", "#b", "a"),
        ("[![alt text](/b.png)](https://x.example)", "https://x.example", "alt text"),
        ('<a href="//[b">a</a>', "//[b", "a"),
        ('<a href="http://[show.example/post/c">a</a>', "http://[show.example/post/c", "a"),
    ],
)
def test_forms_of_links(markdown: str, url: str, text: str) -> None:
    [link] = links(markdown)
    assert (link.url, link.text) == (url, text)


@pytest.mark.parametrize(
    "markdown",
    [
        "[a] (https)",
        "[a](some prose: not an address)",
        "![a](/b.png)",
        "[a]()",
        '<a name="b">a</a>',
        "`[a](https://x.example)`",
        "    [a](https://x.example)",
    ],
)
def test_no_links(markdown: str) -> None:
    assert links(markdown) == []


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://show.example/post/episode-1-one/", "episode-1-one"),
        ("http://www.show.example/post/Episode-1-One", "episode-1-one"),
        ("/post/episode-1-one/#t=5", "episode-1-one"),
        ("https://show.example/post/pok%C3%A9mon", "pokémon"),
        ("https://show.example/about/", None),
        ("https://show.example/post/", None),
        ("https://show.example/post/a/b", None),
        ("https://other.example/post/episode-1-one/", None),
        ("https://other.example/?u=https://show.example/post/a/", None),
    ],
)
def test_links_to_other_episodes(url: str, slug: str | None) -> None:
    assert links(f"[a]({url})")[0].episode == slug


def test_links_to_episodes_where_the_site_is_unknown() -> None:
    [section] = read("[a](https://show.example/post/a/)", Site(), None).sections
    assert section.links == [Link("https://show.example/post/a/", "a", "a")]


def test_inline_html() -> None:
    html = """\
<div style="float:right"><a href="/x"><img src="y.png"></a><p>One<br>two &lt;3</p></div>
<script>if (a < b) { "<p>no</p>" }</script><style>p { }</style>
<table><tr><td>A</td><td>B</td></tr><tr><td>C</td></tr></table>
<iframe src="https://video.example"></iframe><!-- no -->
"""
    assert notes(html) == (
        Note("", (Link("https://show.example/x", "", "/x"),)),
        Note("One two <3"),
        Note("A B"),
        Note("C"),
    )


def test_tables() -> None:
    assert [note.text for note in notes("| a | b |\n|---|---|\n| c | [d](/d) |\n")] == [
        "a b",
        "c d",
    ]


def test_shortcodes_are_left_out() -> None:
    assert notes('One {{< youtube "x" >}}{{% b\n%}}two {{< open\n') == (Note("One two {{< open"),)


def test_typography() -> None:
    assert notes('It\'s "so" -- \\*well\\*...')[0].text == "It’s “so” – *well*…"


def test_clean() -> None:
    assert clean(" a\n\tb\u00a0 c\u200bd\u00ad\ufeff ") == "a b cd"


@pytest.mark.parametrize(
    "markdown", ["<", "<<p", "<!--", "<a href=", "</a></li></ul></h1>", "<li>x"]
)
def test_broken_html(markdown: str) -> None:
    assert read(markdown, SITE, HERE).sections or markdown.startswith(("</", "<a", "<!"))
