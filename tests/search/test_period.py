from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.search import period

TODAY = date(2026, 11, 24)


def found(text: str) -> tuple[str, str] | None:
    """The words that name a period, and the period in words."""
    named = period.find(text, TODAY)
    return (named[0][0].strip(), str(named[1])) if named else None


@pytest.mark.parametrize(
    ("text", "said", "meant"),
    [
        ("halloween 2018 episode", "2018", "in 2018"),
        ("keys in February 2020", "in February 2020", "in February 2020"),
        ("keys, Dec. 2022", "Dec. 2022", "in December 2022"),
        ("spring 2019, with cats", "spring 2019", "from 1 March 2019 to 31 May 2019"),
        ("the fall of 2016", "fall of 2016", "from 1 September 2016 to 30 November 2016"),
        ("early 2019", "early 2019", "from 1 January 2019 to 30 April 2019"),
        ("mid-2017", "mid-2017", "from 1 May 2017 to 31 August 2017"),
        ("at the end of 2018", "the end of 2018", "from 1 September 2018 to 31 December 2018"),
        ("Q3 2019", "Q3 2019", "from 1 July 2019 to 30 September 2019"),
        ("on 5 March 2018", "5 March 2018", "from 2 March 2018 to 8 March 2018"),
        ("March 5th, 2018", "March 5th, 2018", "from 2 March 2018 to 8 March 2018"),
        ("2018-03-05", "2018-03-05", "from 2 March 2018 to 8 March 2018"),
        ("2018-03", "2018-03", "in March 2018"),
        ("before 2018", "before 2018", "before 1 January 2018"),
        ("until June 2017", "until June 2017", "before 1 July 2017"),
        ("after June 2017", "after June 2017", "from 1 July 2017 on"),
        ("since '17", "since '17", "from 1 January 2017 on"),
        (
            "between 2016 and 2018",
            "between 2016 and 2018",
            "from 1 January 2016 to 31 December 2018",
        ),
        ("2016-2017 or so", "2016-2017", "from 1 January 2016 to 31 December 2017"),
        (
            "from May 2017 to late 2018",
            "from May 2017 to late 2018",
            "from 1 May 2017 to 31 December 2018",
        ),
        ("last year", "last year", "in 2025"),
        ("this month", "this month", "in November 2026"),
        ("last month", "last month", "in October 2026"),
        ("last week", "last week", "from 16 November 2026 to 22 November 2026"),
        ("last summer", "last summer", "from 1 June 2026 to 31 August 2026"),
        ("last december", "last december", "in December 2025"),
        ("two years ago", "two years ago", "from 25 May 2024 to 26 May 2025"),
        ("in the last 6 months", "in the last 6 months", "from 27 May 2026 to 24 November 2026"),
        ("in March, about cats", "in March", "in March"),
        ("on May 7, keyboards", "on May 7", "in May"),
        ("the 3rd of march", "the 3rd of march", "in March"),
        ("some time in autumn", "in autumn", "in September or October or November"),
    ],
)
def test_a_period_is_recognised(text: str, said: str, meant: str) -> None:
    assert found(text) == (said, meant)


@pytest.mark.parametrize(
    "text",
    [
        "99.99% availability",
        "2019.5 or 2000%",
        "may the force be with you",
        "in spring boot we trust",
        "the march of progress",
        "0x2018",
        "31 February 2019",
        "a fall in prices",
    ],
)
def test_other_words_are_none(text: str) -> None:
    named = found(text)
    assert named is None or named[0] == "2019"  # the day does not exist, the year does


def test_winter_may_be_either() -> None:
    named = period.find("winter 2018", TODAY)
    assert named
    days = [date(2018, 1, 5), date(2018, 12, 5), date(2019, 2, 5), date(2018, 7, 5)]
    assert [named[1].holds(day) for day in days] == [True, True, True, False]


def test_months_of_any_year() -> None:
    named = period.find("every December", TODAY)
    assert named
    assert named[1].holds(date(2017, 12, 1))
    assert not named[1].holds(date(2017, 11, 30))


@given(
    st.text(alphabet="0123456789 '-.aefijlmnoprstuvwyMJ", max_size=60),
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
)
def test_any_text_and_any_day(text: str, today: date) -> None:
    named = period.find(text, today)
    if named:
        assert named[0][0] in text
        assert str(named[1])
        if named[1].since and named[1].until:
            assert named[1].since <= named[1].until


@given(st.dates(date(1999, 1, 1), date(2099, 12, 31)))
def test_every_day_is_in_the_periods_that_name_it(day: date) -> None:
    for text in (f"{day:%Y-%m-%d}", f"{day.day} {day:%B %Y}", f"{day:%b %Y}", f"in {day.year}"):
        named = period.find(text, TODAY)
        assert named
        assert named[1].holds(day)
