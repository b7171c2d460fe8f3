from __future__ import annotations

import pytest

from bot.episode import Sound, Turn
from bot.sources.transcript import complete, take, turns


def lead(argument: str) -> str | None:
    """The first line that a shortcode with this argument holds."""
    text = take(f"Notes\n\n{{{{< transcript {argument} >}}}}\nTOM: Yes.\n").transcript
    assert text is not None
    first, _, rest = text.rpartition("\n\nTOM: Yes.\n")
    return first or rest


def spoken(text: str) -> list[tuple[str | None, str]]:
    return [(turn.label, turn.text) for turn in turns(text)]


# The shortcode.


def test_closed() -> None:
    shortcode = take('Notes\n\n{{< transcript "INA: Hi." >}}\nTOM: Yes.\n{{< /transcript >}}\n')
    assert shortcode == ("Notes\n\n\n", "INA: Hi.\n\nTOM: Yes.\n", [])


def test_unclosed() -> None:
    shortcode = take('Notes\n\n{{< transcript "INA: Hi." >}}\nTOM: Yes.')
    assert shortcode == ("Notes\n\n", "INA: Hi.\n\nTOM: Yes.", [])


def test_missing() -> None:
    assert take("Notes, {{< profile >}}") == ("Notes, {{< profile >}}", None, [])
    assert take("{{< transcripts >}}").transcript is None


@pytest.mark.parametrize(
    "tag",
    [
        '{{<transcript "INA: Hi.">}}',
        '{{<  transcript   "INA: Hi."  >}} ',
        '{{% transcript "INA: Hi." %}}',
        '{{< transcript "INA: Hi." />}}',
        "{{< transcript `INA: Hi.` >}}",
        '{{< transcript first="INA: Hi." >}}',
        '{{< transcript\n  "INA: Hi."\n>}}',
        "{{< transcript INA: Hi. >}}",
        "{{< transcript >}}\nINA: Hi.",
        '{{< transcript "\ufeffINA: Hi." >}}',
        '{{< transcript "INA: Hi. >}}',
    ],
)
@pytest.mark.parametrize(
    "closing", ["", "{{< /transcript >}}", "{{</transcript  >}}", "{{% /transcript %}}"]
)
def test_spellings_of_the_tag(tag: str, closing: str) -> None:
    shortcode = take(f"Notes\n\n{tag}\nTOM: Yes.\n{closing}")
    assert shortcode.notes == "Notes\n\n"
    assert shortcode.problems == []
    assert shortcode.transcript is not None
    assert spoken(shortcode.transcript) == [("INA", "Hi."), ("TOM", "Yes.")]


def test_empty() -> None:
    shortcode = take("Notes\n{{< transcript >}}\n{{< /transcript >}}")
    assert shortcode.transcript is not None
    assert turns(shortcode.transcript) == []
    assert take("{{< transcript lang=en >}}\n").transcript == "\n"


def test_argument_with_quotes() -> None:
    assert lead(r'"INA: The \"Small\" show, C:\\temp."') == r'INA: The "Small" show, C:\temp.'
    assert lead('"INA: The "Small" show."') == 'INA: The "Small" show.'
    assert lead('`INA: The "Small" show, \\n.`') == 'INA: The "Small" show, \\n.'
    assert lead('"INA: a >}} b"') == "INA: a >}} b"
    assert lead('"INA: a `b` c"') == "INA: a `b` c"


def test_argument_over_several_lines() -> None:
    shortcode = take("{{< transcript `INA: Hi.\n\nTOM: Hello.` >}}\nINA: So.")
    assert shortcode.transcript is not None
    assert spoken(shortcode.transcript) == [("INA", "Hi."), ("TOM", "Hello."), ("INA", "So.")]


@pytest.mark.parametrize("closing", ["", "\n{{< /transcript >}}\n"])
def test_tag_without_end(closing: str) -> None:
    shortcode = take(f'Notes\n\n{{{{< transcript "INA: Hi."\nTOM: "Yes."{closing}')
    assert shortcode.transcript is not None
    assert spoken(shortcode.transcript) == [("INA", "Hi."), ("TOM", '"Yes."')]
    assert shortcode.problems == [(7, "the transcript shortcode lacks its '>}}'; add it")]


def test_notes_after_the_transcript() -> None:
    body = 'One\n{{< transcript "INA: Hi." >}}\n{{< /transcript >}}\nTwo\n'
    shortcode = take(body + '{{< transcript "TOM: Again." >}}\n')
    assert shortcode.notes == "One\n\nTwo\n"
    assert shortcode.transcript == "INA: Hi.\n\n"
    assert shortcode.problems == [(len(body), "a second transcript is ignored")]


# Turns.


def test_paragraphs_and_turns() -> None:
    text = "INA: One.\n\nTwo.\nTOM: Three.\n\n\n  TOM: Four.\nINA:\nTOM: Five."
    assert spoken(text) == [
        ("INA", "One.\nTwo."),
        ("TOM", "Three."),
        ("TOM", "Four."),
        ("INA", ""),
        ("TOM", "Five."),
    ]
    assert [turn.spoken for turn in turns(text)] == [True, True, True, False, True]


@pytest.mark.parametrize(
    "label",
    [
        "INA",
        "INA ALBRECHT",
        "FEI-FEI LI",
        "O'NEIL",
        "TIM K.",
        "SPEAKER 2",
        "INA AND TOM",
        "INA & TOM",
        "INA/TOM",
        "ROBO INA (ROBOTIC VOICE)",
        "JOSÉ",
        "ÅSA",
        "ИНА",
        "DJ 2000+",
    ],
)
@pytest.mark.parametrize("colon", [": ", ":", "::  ", ":\t"])
def test_labels(label: str, colon: str) -> None:
    assert spoken(f"{label}{colon}So.\nTOM: Yes.") == [(label, "So."), ("TOM", "Yes.")]


@pytest.mark.parametrize(
    "text",
    [
        "Yes: of course.",
        "https://example.com is it.",
        "HTTPS://EXAMPLE.COM IS IT.",
        "12:30 was the time.",
        "99% of: this.",
        "I SAID THAT THIS IS A VERY LONG SENTENCE IN CAPITALS WITH A: COLON",
        "* INA: a list.",
        ": nothing",
        "MARK (see: this) and so on",
    ],
)
def test_no_labels(text: str) -> None:
    assert spoken(f"INA: So.\n{text}") == [("INA", f"So.\n{text}")]


def test_doubled_labels_and_colons() -> None:
    text = "INA:: One.\nINA: INA: Two.\nINA: INA:Three. TOM: no.\nINA: So. INA: INA: Four."
    assert spoken(text) == [
        ("INA", "One."),
        ("INA", "Two."),
        ("INA", "Three. TOM: no."),
        ("INA", "So."),
        ("INA", "Four."),
    ]


def test_change_within_a_paragraph() -> None:
    known = "INA: a\nTOM: b\nINA: c\nTOM: d\n"
    found = spoken(known + "INA: At hand. TOM: Yeah.  INA:  No! TOM: OK -- INA: Well")
    assert found[4:] == [
        ("INA", "At hand."),
        ("TOM", "Yeah."),
        ("INA", "No!"),
        ("TOM", "OK --"),
        ("INA", "Well"),
    ]
    # Not where the label is unknown, or no sentence has ended.
    assert spoken(known + "INA: At hand. JO: Yeah, says TOM: no.")[4:] == [
        ("INA", "At hand. JO: Yeah, says TOM: no.")
    ]


def test_many_changes_within_one_paragraph() -> None:
    text = "INA: a\nTOM: b\nINA: c\nTOM: d\n" + "INA: One. TOM: Two. " * 3000
    assert len(turns(text)) == 6004


def test_missing_colon() -> None:
    known = "INA: a\nTOM: b\nINA: c\nTOM: d\n"
    assert spoken(known + "INA Quantum computers.")[4:] == [("INA", "Quantum computers.")]
    assert spoken(known + "INA is here.\nJO Quantum.\nINA")[3:] == [
        ("TOM", "d\nINA is here.\nJO Quantum.\nINA")
    ]


def test_labels_in_mixed_case_have_to_come_twice() -> None:
    text = "INA: a\nKelci: b\nINA: c\nKelci: d\nExample: e\nExample: f"
    assert spoken(text) == [
        ("INA", "a"),
        ("Kelci", "b"),
        ("INA", "c"),
        ("Kelci", "d\nExample: e\nExample: f"),
    ]
    assert spoken("INA: a\nKelci: b") == [("INA", "a\nKelci: b")]
    assert spoken("Speaker 1: a\nSpeaker 2: b\nSpeaker 1: c\nSpeaker 2: d") == [
        ("Speaker 1", "a"),
        ("Speaker 2", "b"),
        ("Speaker 1", "c"),
        ("Speaker 2", "d"),
    ]


@pytest.mark.parametrize("label", ["**INA:**", "**INA**:", "__INA__ :", "**INA** :"])
def test_bold_labels(label: str) -> None:
    assert spoken(f"{label} So **bold**: yes.") == [("INA", "So **bold**: yes.")]


def test_words_before_any_label() -> None:
    assert spoken("Welcome.\nINA: Hi.") == [(None, "Welcome."), ("INA", "Hi.")]


# Sounds and guesses.


def test_sounds() -> None:
    [ina, tom] = turns(
        "[MUSIC PLAYING] INA: Hi. [LAUGHS] You\n[LAUGHTER]\n"
        "TOM: [SIGHS] Yes [INAUDIBLE]  no.\n[MUSIC]"
    )
    assert ina.text == "Hi. You"
    assert ina.sounds == (Sound(0, "MUSIC PLAYING"), Sound(4, "LAUGHS"), Sound(7, "LAUGHTER"))
    assert ina.verbatim() == "[MUSIC PLAYING] Hi. [LAUGHS] You [LAUGHTER]"
    assert tom.text == "Yes no."
    assert tom.verbatim() == "[SIGHS] Yes [INAUDIBLE] no. [MUSIC]"


def test_sounds_only() -> None:
    assert turns("[MUSIC]") == [Turn(None, "", (Sound(0, "MUSIC"),))]
    [ina] = turns("INA: [LAUGHS]")
    assert (ina.text, ina.sounds, ina.spoken) == ("", (Sound(0, "LAUGHS"),), False)
    assert [turn.verbatim() for turn in turns("[A] [B]\nINA: [C]\n[D]")] == ["[A] [B] [C] [D]"]


def test_sound_within_a_label() -> None:
    [ina, tom] = turns("INA [LAUGHS]: Hi.\nTOM [A] [B] : Yes.")
    assert (ina.label, ina.verbatim()) == ("INA", "[LAUGHS] Hi.")
    assert (tom.label, tom.verbatim()) == ("TOM", "[A] [B] Yes.")


def test_guesses_are_words() -> None:
    [ina] = turns("INA: The [? Protos ?] are [Kant?], and [?so?] [? on?].")
    assert (ina.text, ina.sounds) == ("The Protos are Kant, and so on.", ())
    assert spoken("INA: a\n[? Protos ?] is it.\n[Protos?] too.") == [
        ("INA", "a\nProtos is it.\nProtos too.")
    ]


def test_brackets_do_not_reach_over_paragraphs() -> None:
    assert spoken("INA: One [two\nthree\nTOM: four] five") == [
        ("INA", "One [two\nthree"),
        ("TOM", "four] five"),
    ]


# Clips.


def test_clips() -> None:
    found = turns(
        "INA: Listen.\n[AUDIO PLAYBACK]\n-  Quiet!\nPlease.\n- Why?\n[LAUGHTER]\n[END PLAYBACK]\n"
        "Well.\nTOM: Yes."
    )
    assert [(turn.label, turn.text, turn.clip) for turn in found] == [
        ("INA", "Listen.", False),
        (None, "Quiet!\nPlease.", True),
        (None, "Why?", True),
        (None, "Well.", False),
        ("TOM", "Yes.", False),
    ]
    assert found[1].sounds == (Sound(0, "AUDIO PLAYBACK"),)
    assert [sound.name for sound in found[2].sounds] == ["LAUGHTER", "END PLAYBACK"]


def test_labelled_clip() -> None:
    found = turns("INA: Listen.\n[VIDEO PLAYBACK]\nROBOT: Beep.\n[END PLAYBACK]\nINA: So.")
    assert [(turn.label, turn.clip) for turn in found] == [
        ("INA", False),
        ("ROBOT", False),
        ("INA", False),
    ]


# Positions.


@pytest.mark.parametrize(
    "line",
    [
        "[00:12:34] INA: Hi",
        "(12:34) INA: Hi",
        "12:34 INA: Hi",
        "00:12:34 - INA: Hi",
        "00:12:34.0 INA: Hi",
        "INA [00:12:34]: Hi",
        "INA (12:34): Hi",
        "INA [12:34] Hi",
        "[12:34]\nINA: Hi",
        "[MUSIC] [12:34] INA: Hi",
    ],
)
def test_timestamps(line: str) -> None:
    [turn] = turns(line)
    assert (turn.label, turn.text, turn.seconds, turn.exact) == ("INA", "Hi", 754.0, True)


def test_timestamps_with_labels_in_mixed_case() -> None:
    text = "00:01 Ina: a\n00:02.5 Tom: b\n1:00:03 Ina: c\n00:04 Tom: d"
    assert [(turn.label, turn.seconds) for turn in turns(text)] == [
        ("Ina", 1.0),
        ("Tom", 2.5),
        ("Ina", 3603.0),
        ("Tom", 4.0),
    ]
    assert spoken("INA: So.\n12:34 Ina: a") == [("INA", "So.\n12:34 Ina: a")]


def test_a_time_within_a_turn_is_not_that_of_the_next() -> None:
    found = turns("[00:01] INA: a\n[00:05] more\nTOM: b")
    assert [(turn.text, turn.seconds) for turn in found] == [("a\nmore", 1.0), ("b", None)]


def seconds(text: str, duration: int | None) -> list[tuple[float | None, bool]]:
    return [(turn.seconds, turn.exact) for turn in complete(turns(text), {}, duration)]


def test_estimated_positions() -> None:
    text = "INA: one two\nthree\nTOM:\nINA: four five\nTOM: [LAUGHS] six"
    assert seconds(text, 600) == [(0.0, False), (300.0, False), (300.0, False), (500.0, False)]
    assert seconds(text, None) == [(None, False)] * 4
    assert seconds("INA:\nTOM: [LAUGHS]", 600) == [(None, False)] * 2


def test_positions_between_exact_ones() -> None:
    text = "INA: a b\n[00:20] TOM: c\nINA: d\nTOM: e\nINA [00:50]: f g\nTOM: h"
    assert seconds(text, None) == [
        (0.0, False),
        (20.0, True),
        (30.0, False),
        (40.0, False),
        (50.0, True),
        (None, False),
    ]
    assert seconds(text, 110)[-1] == (90.0, False)
    # A duration that cannot be, and times that do not rise.
    assert seconds(text, 10)[-1] == (50.0, False)
    assert seconds("[00:20] INA: a\nTOM: b\n[00:10] INA: c", None)[1] == (20.0, False)


def test_speakers() -> None:
    found = complete(turns("INA: a\nTOM: b\nINA: c\nWelcome"), {"INA": "Ina Albrecht"}, None)
    assert [turn.speaker for turn in found] == ["Ina Albrecht", None, "Ina Albrecht"]
