"""Who speaks: guests named by an episode, and the person behind each label of its transcript.

Everything is decided by what the episode itself says. Labels are never merged because they
look alike: FRANCES and FRANCESC are two people in one file. A label that looks like a name is
matched to that person by spelling only where nobody else in the episode answers to it and no
other label has claimed them ("FRANSESC" where the host Francesc would otherwise be silent).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rapidfuzz.distance import JaroWinkler

from bot.episode import Section, Turn

_CAPITAL = r"[^\W\d_a-zß-öø-ÿ]"
_NAME_WORD = rf"(?:{_CAPITAL}[\w’'.-]*|[“\"]\w+[”\"]|\(\w+\)|\w+\(\w+\))"
_PARTICLE = r"(?:de|da|di|del|van|von|der|den|bin|al|el|la|le)"
_NAME = re.compile(rf"(?:Dr\.? )?{_NAME_WORD}(?: (?:{_PARTICLE} )*{_NAME_WORD}){{0,4}}")
_WITH = re.compile(r"\b(?:with|featuring|feat\.?|ft\.?)\s+(?!.*\b(?:with|featuring)\s)", re.I)
_SEPARATOR = re.compile(r"\s*,\s*(?:and\s+|&\s+)?|\s+(?:and|&)\s+")
_ABOUT = re.compile(r"about\s+", re.I)
_DEGREE = re.compile(r",\s*(?:PhD|Ph\.D\.|MD|Jr\.?|Sr\.?|Esq\.?)\b", re.I)
_PARENTHESES = re.compile(r"\([^)]*\bvoice\b[^)]*\)", re.I)
_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_CAPITALISED = re.compile(rf"(?: {_CAPITAL}[\w-]+){{1,3}}")
_FROM = re.compile(r"\s+(?:from|of|at)\s+.*")

# Words of section headings that look like names but are none.
_NOT_NAMES = frozenset(
    "about announcements attribution book books chapter comments commentary comparison contact "
    "content cool correction corrections credits daily demo demos downloaded effect effects "
    "episode episodes errata favorite favorites favourite favourites feature highlights hiring "
    "host hosts interview interviews introduction links main map maps music news notes our part "
    "podcast question questions recap resources segment show sound special sponsor sponsors "
    "summary thank thanks things tip tips top topics transcript video videos week welcome where "
    "year".split()
)
# Labels that name no person.
_NOBODY = frozenset(
    "all announcer audience both boy caller child computer crowd digital everybody everyone "
    "female girl group guest guests host hosts interviewer kid lady male man moderator narrator "
    "operator people person recording robot singer speaker together unknown voice voices "
    "woman".split()
)
_NOT_SURNAMES = frozenset(
    "a actually ah all also am an and any are as at awesome be but by can cool did do for from "
    "good great had has have he hello her hey hi his how i i'm i've if in is it it's just let "
    "like maybe mhm my no not now of oh ok okay on or our over right she so some sorry sure "
    "thank thanks that that's the their then there there's they this to very was we we're welcome "
    "well what when where which who why will with wow yeah yes you your".split()
)
# Words that are in the names of companies and shows.
_COMPANIES = frozenset(
    "academy association audio broadcasting cast club co collective college company corp "
    "corporation digital education foundation fm gmbh group inc institute international journal "
    "labs limited llc ltd magazine media museum network official podcasts press production "
    "productions public publishing radio records school society software state station studio "
    "studios talk team tech technologies technology today tv university world".split()
)
_Words = tuple[str, ...]
_NOT_IN_NAMES = _NOT_NAMES | _NOT_SURNAMES
_SIMILAR = 0.8  # Jaro-Winkler, of a label and a first name that nobody else claims


def split(names: str) -> list[str]:
    """The names of a list written out: "A, B and C"."""
    return [name for name in _SEPARATOR.split(names) if name]


def is_name(text: str) -> bool:
    """Whether a text has the form of a person's whole name; a company's may have it, too."""
    words = _words(text)
    named = bool(_NAME.fullmatch(text)) and 1 < len(words) < 5
    return named and not (_NOT_NAMES | _COMPANIES) & set(words)


def guests(
    title: str,
    prose: str,
    sections: Sequence[Section],
    hosts: Sequence[str],
    turns: Sequence[Turn],
) -> tuple[str, ...]:
    """The people an episode announces beside its hosts, in order.

    They are named in the title after "with", and by the headings of their biographies.
    What merely looks like a name has to be borne out: by a label of the transcript, or by
    a biography that mentions it.

    Args:
        title: The episode's.
        prose: Title, description and show notes.
        sections: The show notes.
        hosts: As the front matter lists them.
        turns: The transcript, empty where there is none.
    """
    labels = {word for label in {turn.label for turn in turns} if label for word in _words(label)}
    headings = [_DEGREE.sub("", section.heading) for section in sections]
    named: list[str] = []

    def consider(piece: str, *, told: bool) -> None:
        name = _FROM.sub("", piece).strip(" .:;!?")
        words = _words(name)
        if not _NAME.fullmatch(name) or _NOT_NAMES & set(words):
            return
        speaks = bool(labels.intersection(words)) or any(
            word.startswith(label) for word in words for label in labels if len(label) > 2
        )
        if speaks or told:
            named.append(name if " " in name else _full_name(name, prose) or name)

    bare_headings = [set(_words(_ABOUT.sub("", heading, count=1))) for heading in headings]
    if found := _WITH.search(title):
        for piece in _SEPARATOR.split(_DEGREE.sub("", title[found.end() :])):
            words = set(_words(piece))
            headed = any(heading and heading <= words for heading in bare_headings)
            consider(piece, told=" " in piece and (not turns or headed))
    for section, heading in zip(sections, headings, strict=True):
        biography = " ".join(note.text for note in section.notes if not note.depth)
        bare = _ABOUT.sub("", heading, count=1) if _ABOUT.match(heading) else None
        for piece in _SEPARATOR.split(bare or heading):
            mentioned = bool(set(_words(piece)) & set(_words(biography)))
            consider(piece, told=mentioned and (bare is not None or " " in piece))
    people: list[str] = []
    for name in named:
        if not any(_same(name, other) for other in [*hosts, *people]):
            people.append(name)
    return tuple(people)


def speakers(
    turns: Sequence[Turn],
    hosts: Sequence[str],
    guests: Sequence[str],
    prose: str,
) -> dict[str, str]:
    """The person behind each label, for those that the episode's own words decide.

    Args:
        turns: The transcript.
        hosts: As the front matter lists them.
        guests: As ``guests`` found them.
        prose: Title, description and show notes.
    """
    labels = list(dict.fromkeys(turn.label for turn in turns if turn.label))
    people = list(dict.fromkeys([*hosts, *guests]))
    resolved: dict[str, str] = {}
    undecided: dict[str, list[str]] = {}

    def candidates(label: str) -> list[str]:
        """The people whom a label fits, by the strongest kind of fit that anyone has."""
        words = _words(label)
        for fits in _FITS:
            found = [p for p in people if (name := _words(p)) and fits(words, name)]
            if found:
                return found
        return []

    for label in labels:
        if _nobody(label):
            continue
        found = candidates(label)
        if len(found) == 1:
            resolved[label] = found[0]
        elif found:
            undecided[label] = found
    _in_order(undecided, resolved)

    def left() -> list[str]:
        return [
            label
            for label in labels
            if label not in resolved and label not in undecided and not _nobody(label)
        ]

    def name_from(text: str) -> None:
        for label in left():
            if name := _full_name(label, text):
                resolved[label] = _announced(name, people, resolved) or name

    name_from(prose)
    claimed = set(resolved.values()) | {p for found in undecided.values() for p in found}
    silent = [person for person in people if person not in claimed]
    for label in left():
        similar = [p for p in silent if p not in resolved.values() and _alike(label, p)]
        if len(similar) == 1:
            resolved[label] = similar[0]
    if left():
        # With the sounds, so that "John [INAUDIBLE] New York" is not read as a name.
        name_from("\n".join([t.verbatim() if t.sounds else t.text for t in turns]))
    return resolved


def spelled_out(turns: Sequence[Turn]) -> dict[str, str]:
    """The labels that are whole names themselves ("Ann Lee", not "ANN"), as captions have them."""
    labels = {turn.label for turn in turns if turn.label and not turn.label.isupper()}
    return {label: label for label in labels if is_name(label)}


def _whole_name(label: _Words, name: _Words) -> bool:
    return label == name


def _part_of_name(label: _Words, name: _Words) -> bool:
    return len(label) > 1 and set(label) <= set(name)


def _first_and_initial(label: _Words, name: _Words) -> bool:
    return (
        len(label) == 2
        and label[0] == name[0]
        and any(word.startswith(label[1]) for word in name[1:])
    )


def _first_name(label: _Words, name: _Words) -> bool:
    return len(label) == 1 and label[0] == name[0]


def _any_name(label: _Words, name: _Words) -> bool:
    return len(label) == 1 and label[0] in name


def _numbered(label: _Words, name: _Words) -> bool:
    return len(label) == 2 and label[1].isdigit() and label[0] == name[0]


def _initials(label: _Words, name: _Words) -> bool:
    letters = "".join(part[0] for word in name for part in word.split("-"))
    return len(label) == 1 and len(letters) > 1 and label[0] == letters


# How a label can fit a name: MARK MANDEL, MANDEL MARK, MARK M., MARK, MANDEL, MARK 1, MM.
_FITS = (
    _whole_name,
    _part_of_name,
    _first_and_initial,
    _first_name,
    _any_name,
    _numbered,
    _initials,
)


def _in_order(undecided: dict[str, list[str]], resolved: dict[str, str]) -> None:
    """Decide between people of one first name.

    Those who have a label that fits them alone ("MARK C." beside "MARK M.") are not
    meant by the others; as many labels as people are left, the host who is listed first
    speaks first.
    """
    changed = True
    while changed:
        changed = False
        for label, found in list(undecided.items()):
            left = [person for person in found if person not in resolved.values()]
            if len(left) == 1:
                resolved[label] = left[0]
                del undecided[label]
                changed = True
    for label, found in list(undecided.items()):
        rivals = [other for other, others in undecided.items() if others == found]
        left = [person for person in found if person not in resolved.values()]
        if label in undecided and len(rivals) == len(left) > 1:
            for rival, person in zip(rivals, left, strict=True):
                resolved[rival] = person
                del undecided[rival]


def _alike(label: str, person: str) -> bool:
    """Whether a label may be the first name of a person, misspelt."""
    words, name = _words(label), _words(person)
    first = words[0]
    if not name or len(first) < 3:
        return False
    if len(words) == 2 and not any(word.startswith(words[1]) for word in name[1:]):
        return False
    return (
        any(part.startswith(first) for part in name)
        or first[:3] == name[0][:3]
        or JaroWinkler.similarity(first, name[0]) >= _SIMILAR
    )


def _full_name(label: str, prose: str) -> str | None:
    """The full name that ``prose`` gives to a first name, where it gives just one.

    A label of several words is a full name already, if anyone in ``prose`` is called so.
    """
    label = _PARENTHESES.sub("", label).strip()
    if " " in label:
        found = re.search(rf"\b(?i:{re.escape(label)})\b", prose)
        return found[0] if found and found[0].istitle() else None
    names: Counter[str] = Counter()
    for start in _occurrences(label, prose):
        end = start + len(label)
        following = _CAPITALISED.match(prose, end)
        first = prose[start:end]
        if not following or not first[0].isupper() or (first.isupper() and len(first) > 3):
            continue
        surnames: list[str] = []
        for word in following[0].split():
            if word.casefold() in _NOT_IN_NAMES or (word.isupper() and word[2:]):
                break
            surnames.append(word)
        if surnames:
            names[" ".join([first, *surnames])] += 1
    if not names:
        return None
    (name, count), *others = names.most_common()
    for other, other_count in others:
        if other.startswith(name) or name.startswith(other):
            count += other_count
        elif count < 3 * other_count:
            return None
    return name


def _occurrences(word: str, text: str) -> Iterator[int]:
    """Where ``text`` holds a word, in any case."""
    word, lowered = _lower(word), _lower(text)
    at = lowered.find(word) if word else -1
    while at >= 0:
        if not (at and (lowered[at - 1].isalnum() or lowered[at - 1] in "_’'-")):
            yield at
        at = lowered.find(word, at + len(word))


@lru_cache(maxsize=4)
def _lower(text: str) -> str:
    """Lower case, character for character, so that places stay the same."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower()[0] for c in text)


def _announced(name: str, people: Sequence[str], resolved: dict[str, str]) -> str | None:
    """The host or guest whom a name found in prose means, if any.

    A misheard first name ("Praveen" for Pavan) is that of the one who has the surname
    and does not speak under another label.
    """
    same = [person for person in people if _same(person, name)]
    if not same and " " in name:
        silent = [person for person in people if person not in resolved.values()]
        same = [person for person in silent if _words(person)[-1:] == _words(name)[-1:]]
    return same[0] if len(same) == 1 else None


def _nobody(label: str) -> bool:
    words = _words(label)
    return not words or bool(_NOBODY & set(words))


def _same(one: str, other: str) -> bool:
    """Whether two names are written for one person: short forms, titles and accents aside."""
    a, b = _words(one), _words(other)
    shorter = min(len(a), len(b))
    if a[:shorter] == b[:shorter]:
        return True
    return shorter > 1 and a[-1] == b[-1] and (a[0].startswith(b[0]) or b[0].startswith(a[0]))


@lru_cache(maxsize=4096)
def _words(name: str) -> _Words:
    """A name's words, folded: no case, accents, titles or remarks on a voice."""
    folded = _PARENTHESES.sub("", name).casefold().replace("’", "'")
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        folded = "".join(c for c in decomposed if not unicodedata.combining(c)).replace("ø", "o")
    return tuple(word for word in _WORD.findall(folded) if word != "dr")
