from __future__ import annotations

import pytest

from bot.episode import Note, Section, Sound, Turn
from bot.sources import people

HOSTS = ("Mark Mandel", "Francesc Campoy Flores")


def turns(*labels: str, said: str = "So.") -> list[Turn]:
    return [Turn(label, said) for label in labels]


def speakers(
    *labels: str,
    hosts: tuple[str, ...] = HOSTS,
    guests: tuple[str, ...] = (),
    prose: str = "",
    said: str = "So.",
) -> dict[str, str]:
    return people.speakers(turns(*labels, said=said), hosts, guests, prose)


def section(heading: str, *paragraphs: str) -> Section:
    return Section(heading, 5, tuple(Note(text) for text in paragraphs))


def guests(
    title: str = "",
    *sections: Section,
    labels: tuple[str, ...] = (),
    prose: str = "",
    hosts: tuple[str, ...] = HOSTS,
) -> tuple[str, ...]:
    return people.guests(title, prose, sections, hosts, turns(*labels))


# Who is behind a label.


@pytest.mark.parametrize(
    ("label", "person"),
    [
        ("YUFENG", "Yufeng Guo"),
        ("YUFENG GUO", "Yufeng Guo"),
        ("Yufeng", "Yufeng Guo"),
        ("GUO", "Yufeng Guo"),
        ("GUO YUFENG", "Yufeng Guo"),
        ("YUFENG G", "Yufeng Guo"),
        ("YUFENG G.", "Yufeng Guo"),
        ("YG", "Yufeng Guo"),
        ("YUFENG 1", "Yufeng Guo"),
        ("YUFENG GUO (ON PHONE)", "Yufeng Guo"),
        ("YUFENG (DEEP VOICE)", "Yufeng Guo"),
        ("DR. YUFENG GUO", "Yufeng Guo"),
        ("FRANCESC", "Francesc Campoy Flores"),
        ("FRANCESC CAMPOY", "Francesc Campoy Flores"),
        ("CAMPOY", "Francesc Campoy Flores"),
        ("FCF", "Francesc Campoy Flores"),
        ("Y", None),
    ],
)
def test_forms_of_a_name(label: str, person: str | None) -> None:
    found = speakers("MARK", label, guests=("Yufeng Guo",))
    assert found.get(label) == person
    assert found["MARK"] == "Mark Mandel"


def test_accents_do_not_matter() -> None:
    assert speakers("JOSE", "SOREN", guests=("José Pagán", "Søren Å")) == {
        "JOSE": "José Pagán",
        "SOREN": "Søren Å",
    }


def test_near_labels_are_two_people() -> None:
    assert speakers("FRANCESC", "FRANCES", "MARK", guests=("Frances Perry",)) == {
        "FRANCESC": "Francesc Campoy Flores",
        "FRANCES": "Frances Perry",
        "MARK": "Mark Mandel",
    }
    # Nor is one of them the other where only the other is known.
    assert speakers("FRANCESC", "FRANCES", "MARK") == {
        "FRANCESC": "Francesc Campoy Flores",
        "MARK": "Mark Mandel",
    }
    hosts = ("Brian Dorsey", "Mark Mandel")
    assert speakers("BRIAN", "BRYAN", hosts=hosts) == {"BRIAN": "Brian Dorsey"}
    assert speakers("GABI", "GABE", hosts=("Gabe Weiss", "Gabi Ferrara")) == {
        "GABI": "Gabi Ferrara",
        "GABE": "Gabe Weiss",
    }


def test_spelling_decides_where_nobody_else_is_meant() -> None:
    assert speakers("FRANSESC", "MARK") == {
        "FRANSESC": "Francesc Campoy Flores",
        "MARK": "Mark Mandel",
    }
    assert speakers("BRYAN", "MARK", hosts=("Brian Dorsey", "Mark Mandel"))["BRYAN"] == (
        "Brian Dorsey"
    )
    assert speakers("GABBY", "MARK", guests=("Gabriela Ferrara",))["GABBY"] == "Gabriela Ferrara"
    assert speakers("DAVID F", guests=("Dave Feuer",))["DAVID F"] == "Dave Feuer"
    # Two who fit equally leave it open, and so does one who is unlike all.
    assert "DANI" not in speakers("DANI", guests=("Daniel One", "Daniela Two"))
    assert "ZOE" not in speakers("ZOE", "MARK")


def test_two_people_of_one_first_name() -> None:
    marks = ("Mark Mandel", "Mark Mirchandani")
    # An initial that fits both, or one of them by elimination.
    assert speakers("MARK C.", "MARK M.", guests=("Mark Chmarny",)) == {
        "MARK C.": "Mark Chmarny",
        "MARK M.": "Mark Mandel",
    }
    assert speakers("MARK MANDEL", "MARK", hosts=marks) == {
        "MARK MANDEL": "Mark Mandel",
        "MARK": "Mark Mirchandani",
    }
    # The first who speaks is the one who is listed first.
    assert speakers("MARK M", "MARK", hosts=marks[::-1]) == {
        "MARK M": "Mark Mirchandani",
        "MARK": "Mark Mandel",
    }
    assert speakers("MARK 1", "MARK 2", hosts=marks) == {
        "MARK 1": "Mark Mandel",
        "MARK 2": "Mark Mirchandani",
    }
    # Fewer labels than people decide nothing.
    assert speakers("MARK", hosts=marks) == {}


@pytest.mark.parametrize(
    "label", ["SPEAKER", "SPEAKER 2", "ALL", "COMPUTER VOICE", "TOGETHER", "12"]
)
def test_nobody(label: str) -> None:
    assert speakers(label, hosts=("All Speaker",), prose="Speaker Jones, All Smith") == {}


def test_full_names_from_the_notes() -> None:
    prose = "We talk to Nate Korhonen. Nate is here, says Nate Korhonen."
    assert speakers("NATE", prose=prose) == {"NATE": "Nate Korhonen"}
    assert speakers("NATE KORHONEN", prose=prose) == {"NATE KORHONEN": "Nate Korhonen"}
    assert speakers("NATE", prose="Nate Korhonen and Nate Smith.") == {}
    assert speakers("NATE", prose="Nate Korhonen, Nate Korhonen Jones") == {"NATE": "Nate Korhonen"}
    assert speakers("NATE", prose="Hi Nate Welcome. NATE KORHONEN. Innate Korhonen.") == {}
    assert speakers("JO", prose="Jo-Ann Smith, İ Jo Smith") == {"JO": "Jo Smith"}


def test_full_names_from_what_was_said() -> None:
    assert speakers("NATE", said="Hi, I am Nate Korhonen.") == {"NATE": "Nate Korhonen"}
    assert speakers("MARK", said="Mark Twain") == {"MARK": "Mark Mandel"}


def test_spelling_goes_before_what_was_said() -> None:
    found = speakers("JOHN", hosts=("Jon Foust",), said="That John New York accent.")
    assert found == {"JOHN": "Jon Foust"}


def test_sounds_part_names() -> None:
    turns = [Turn("NATE", "Nate York", (Sound(5, "INAUDIBLE"),))]
    assert people.speakers(turns, HOSTS, (), "") == {}


def test_misheard_first_name_of_a_known_surname() -> None:
    found = speakers("PRAVEEN", guests=("Pavan Srivastava",), said="Praveen Srivastava is here")
    assert found == {"PRAVEEN": "Pavan Srivastava"}


def test_nothing_known() -> None:
    assert speakers("INA", "TOM", hosts=()) == {}
    assert people.speakers([], HOSTS, (), "") == {}
    assert people.speakers([Turn(None, "Hi.")], HOSTS, (), "") == {}


# Who is announced.


def test_guests_of_the_title() -> None:
    assert guests("Cloud ML with Yufeng Guo") == ("Yufeng Guo",)
    assert guests("Endpoints with Dan Ciruli and Sep E", labels=("DAN", "SEP")) == (
        "Dan Ciruli",
        "Sep E",
    )
    assert guests("Work with the Web with Ina Albrecht, Tom de Groot & José Pagán") == (
        "Ina Albrecht",
        "Tom de Groot",
        "José Pagán",
    )
    assert guests("OpenCensus with Morgan McLean and JBD", labels=("JBD", "MORGAN")) == (
        "Morgan McLean",
        "JBD",
    )


def test_what_the_title_names_may_be_no_person() -> None:
    assert guests("Machine Learning with Big Query", labels=("MARK",)) == ()
    assert guests("Working with containers") == ()
    assert guests("With Mark Mandel", labels=("MARK",)) == ()


def test_guests_of_the_headings() -> None:
    about = section("About Ian Lewis", "Ian is an advocate.")
    assert guests("Bigtable", about) == ("Ian Lewis",)
    assert guests("Bigtable", section("Yufeng Guo", "Yufeng is an advocate.")) == ("Yufeng Guo",)
    assert guests("", section("Ina Albrecht, PhD & Tom Oak", "Ina and Tom are here.")) == (
        "Ina Albrecht",
        "Tom Oak",
    )
    assert guests("", section("Ina Albrecht from Lisbon", "Ina is here.")) == ("Ina Albrecht",)
    assert guests("", section("About Ian", "Ian Lewis is here."), prose="Ian Lewis is here.") == (
        "Ian Lewis",
    )


def test_what_headings_name_may_be_no_person() -> None:
    assert guests("", section("Cool Things", "Cool things are here.")) == ()
    assert guests("", section("Cloud Spanner", "A database.")) == ()
    assert guests("", section("Question of the week", "Question?")) == ()
    assert guests("", section("About Mark", "Mark is here."), prose="Mark is here") == ()


def test_one_person_is_one_guest() -> None:
    title = "Metal with Gurmeet Goindi"
    heading = section("Gurmeet “GG” Goindi", "Gurmeet is here.")
    assert guests(title, heading, labels=("GURMEET",)) == ("Gurmeet Goindi",)
    headed = section("About Jon Wayne", "Jon Wayne is here.")
    assert guests("With Jon Wayne Parrott", headed, labels=("JOHN",)) == ("Jon Wayne Parrott",)
    assert guests("With Dan Ciruli", section("Daniel Ciruli", "Daniel is here.")) == ("Dan Ciruli",)


@pytest.mark.parametrize("names", ["Ina Albrecht, Tom Oak and Jo", "Ina Albrecht,Tom Oak & Jo"])
def test_split(names: str) -> None:
    assert people.split(names) == ["Ina Albrecht", "Tom Oak", "Jo"]
