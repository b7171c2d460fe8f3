-- The archive is derived from its source and can be rebuilt at any time.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE episode (
    id          INTEGER PRIMARY KEY,
    path        TEXT NOT NULL UNIQUE,      -- below the source's folder: the identity on reload
    hash        BLOB NOT NULL,             -- of the file and of the site's configuration
    slug        TEXT NOT NULL,
    number      INTEGER,
    title       TEXT NOT NULL,
    published   INTEGER,                   -- seconds since 1970, UTC
    date_only   INTEGER NOT NULL,
    draft       INTEGER NOT NULL,
    linked      INTEGER NOT NULL,
    description TEXT,
    summary     TEXT,
    duration    INTEGER,                   -- seconds
    audio_size  INTEGER,                   -- bytes
    audio_file  TEXT,
    audio_url   TEXT,
    url         TEXT,
    image       TEXT,
    links       TEXT NOT NULL,             -- JSON: front-matter key -> address
    extra       TEXT NOT NULL,             -- JSON: front-matter keys not known to us
    turns       INTEGER NOT NULL           -- 0: no transcript
);
CREATE INDEX episode_number ON episode (number);
CREATE INDEX episode_slug ON episode (slug);

CREATE TABLE person (
    episode_id INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    role       TEXT NOT NULL CHECK (role IN ('host', 'guest', 'speaker')),
    name       TEXT NOT NULL,
    words      INTEGER NOT NULL,           -- spoken in this episode
    PRIMARY KEY (episode_id, position)
) WITHOUT ROWID;
CREATE INDEX person_name ON person (name);

CREATE TABLE category (
    episode_id INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    name       TEXT NOT NULL,              -- as this episode spells it
    key        TEXT NOT NULL,              -- the same for all spellings
    PRIMARY KEY (episode_id, position)
) WITHOUT ROWID;
CREATE INDEX category_key ON category (key);

CREATE TABLE note (
    episode_id INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
    section    INTEGER NOT NULL,
    position   INTEGER NOT NULL,           -- 0: the heading itself, at its level
    depth      INTEGER NOT NULL,           -- 0: paragraph, from 1: nesting of the list item
    text       TEXT NOT NULL,
    links      TEXT NOT NULL,              -- JSON: [[url, text, label, episode slug or null]]
    PRIMARY KEY (episode_id, section, position)
) WITHOUT ROWID;

CREATE TABLE turn (
    id      INTEGER PRIMARY KEY,           -- episode * 1000000 + number of the turn, from 0
    label   TEXT,                          -- as the transcript has it
    speaker TEXT,                          -- the person it was resolved to
    seconds REAL,
    exact   INTEGER NOT NULL,              -- 0: seconds is an estimate
    clip    INTEGER NOT NULL,              -- 1: played back, spoken by neither host nor guest
    text    TEXT NOT NULL,
    sounds  TEXT                           -- JSON: [[offset, name]]
);

-- What can be found: the words of a transcript in pieces of 60 to 150, each note,
-- the title and so on. The id tells episode, kind and place:
-- episode * 1000000 + kind * 100000 + place (see bot/passages.py).
CREATE TABLE passage (
    id      INTEGER PRIMARY KEY,
    turn    INTEGER,                       -- the first turn it holds
    marks   TEXT,                          -- JSON: [[turn, offset]], where it holds several
    section TEXT,                          -- heading of the show notes it stands under
    text    TEXT NOT NULL
);

-- Words are indexed as they are written: inflections are looked up in the vocabulary, so
-- that "containers" finds "container" and not "contain". Which passages hold a word is all
-- that is kept (detail = none); where it stands is read from the few texts worth ranking.
CREATE VIRTUAL TABLE passage_index USING fts5 (
    text,
    content = 'passage',
    content_rowid = 'id',
    detail = none,
    columnsize = 0,
    tokenize = "unicode61 remove_diacritics 2 tokenchars '+#'"
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (passage_index, 'row');

CREATE TABLE problem (
    path    TEXT NOT NULL,
    line    INTEGER NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX problem_path ON problem (path);

-- Files that are no episodes, so that they are read again only when they change.
CREATE TABLE skipped (
    path    TEXT PRIMARY KEY,
    hash    BLOB NOT NULL,
    line    INTEGER NOT NULL,
    message TEXT NOT NULL
) WITHOUT ROWID;

-- An episode takes along what no foreign key leads to. The index must be told the exact text.
CREATE TRIGGER episode_leaves BEFORE DELETE ON episode BEGIN
    INSERT INTO passage_index (passage_index, rowid, text)
        SELECT 'delete', id, text FROM passage
        WHERE id >= old.id * 1000000 AND id < (old.id + 1) * 1000000;
    DELETE FROM passage WHERE id >= old.id * 1000000 AND id < (old.id + 1) * 1000000;
    DELETE FROM turn WHERE id >= old.id * 1000000 AND id < (old.id + 1) * 1000000;
    DELETE FROM problem WHERE path = old.path;
END;
