from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.feed import dates


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 09 Oct 2020 04:30:38 GMT",
        "Fri, 9 Oct 2020 04:30:38 +0000",
        "9 October 2020 04:30:38",
        "Fri, 09 Oct 2020 06:30:38 +02:00",
        "Fri, 09 Oct 2020 06:30:38 GMT+2",
        "Fri, 09 Oct 2020 00:30:38 EDT",
        "Thu, 08 Oct 2020 21:30:38 -0700 (PDT)",
        "Fr, 09. Okt 2020 06:30:38 CEST",
        "Mon, 09 Oct 20 04:30:38 Z",
        "October 9th, 2020 4:30:38 AM UTC",
        "2020-10-09T04:30:38Z",
        "2020-10-09T06:30:38.123+02:00",
        "2020-10-09 04:30:38",
        "  Fri,  09 Oct\n2020 04:30:38 GMT ",
    ],
)
def test_forms(text: str) -> None:
    assert dates.parse(text) == (datetime(2020, 10, 9, 4, 30, 38, tzinfo=UTC), False)


@pytest.mark.parametrize(
    "text", ["2020-10-09", "Fri, 09 Oct 2020", "Oct 9, 2020", "9. Oktober 2020"]
)
def test_without_a_time(text: str) -> None:
    assert dates.parse(text) == (datetime(2020, 10, 9, tzinfo=UTC), True)


def test_odd_times() -> None:
    assert dates.parse("Wed, 6 Sept 2017 24:00 +0000")[0] == datetime(2017, 9, 7, tzinfo=UTC)
    assert dates.parse("31 Dec 2016 23:59:60 GMT")[0].second == 59
    assert dates.parse("1 Jan 70 00:00:00 GMT")[0].year == 1970
    assert dates.parse("Thu, 01 Apr 2021 08:00:00 EST")[0].hour == 13
    assert dates.parse("Thu, 01 Apr 2021 08:00:00 XYZ")[0].hour == 8


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "31 Feb 2020", "9 Foo 2020", "9 Oct 2020 25:00", "31 Dec 9999 24:00", "0"],
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError):
        dates.parse(text)


@pytest.mark.fuzz
@given(
    st.lists(
        st.sampled_from(
            ["Fri,", "9", "Oct", "2020", "04:30", ":38", "GMT", "+0200", "-", "0", "99", "T", "PM"]
        ),
        max_size=9,
    ).map(" ".join)
    | st.text(max_size=120)
)
def test_anything_is_a_date_or_is_not(text: str) -> None:
    try:
        moment, _ = dates.parse(text)
    except ValueError:
        return
    assert moment.tzinfo is UTC
    assert moment.microsecond == 0
