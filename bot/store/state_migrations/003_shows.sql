-- Several shows. What was there belongs to the first one, whose id is ''.

-- The id of the show that is asked about, NULL: the first.
ALTER TABLE guild_settings ADD COLUMN show TEXT;

-- The key of the show that stands first: it must not be another one all of a sudden.
CREATE TABLE first_show (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key TEXT NOT NULL
);

ALTER TABLE release ADD COLUMN show TEXT NOT NULL DEFAULT '';
CREATE INDEX release_show ON release (show);

CREATE TABLE baseline_of_show (
    show   TEXT NOT NULL,
    source TEXT NOT NULL,                  -- what it was loaded from when that planned nothing
    looked REAL NOT NULL,                  -- when it was last looked at
    PRIMARY KEY (show, source)
) WITHOUT ROWID;
INSERT INTO baseline_of_show SELECT '', source, looked FROM baseline;
DROP TABLE baseline;
ALTER TABLE baseline_of_show RENAME TO baseline;

CREATE TABLE copy_of_show (
    show  TEXT NOT NULL,
    path  TEXT NOT NULL,
    facts TEXT NOT NULL,                   -- JSON
    PRIMARY KEY (show, path)
) WITHOUT ROWID;
INSERT INTO copy_of_show SELECT '', path, facts FROM copy;
DROP TABLE copy;
ALTER TABLE copy_of_show RENAME TO copy;

CREATE TABLE subscription_to_show (
    channel_id INTEGER NOT NULL,
    show       TEXT NOT NULL DEFAULT '',
    guild_id   INTEGER NOT NULL,
    automatic  INTEGER NOT NULL,
    options    TEXT NOT NULL,              -- JSON: see bot/announce/options.py
    user_id    INTEGER NOT NULL,           -- who set it up last, and hears of trouble
    since      REAL NOT NULL,              -- when it was set up or last switched on
    PRIMARY KEY (channel_id, show)
);
INSERT INTO subscription_to_show
    SELECT channel_id, '', guild_id, automatic, options, user_id, since FROM subscription
    ORDER BY since, rowid;
DROP TABLE subscription;
ALTER TABLE subscription_to_show RENAME TO subscription;
CREATE INDEX subscription_guild ON subscription (guild_id);

CREATE TABLE follow_of_show (
    id       INTEGER PRIMARY KEY,
    user_id  INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,             -- where a thread mentions them; 0: by private message
    show     TEXT NOT NULL DEFAULT '',
    kind     TEXT NOT NULL CHECK (kind IN ('topic', 'person', 'category')),
    words    TEXT NOT NULL,
    trouble  TEXT,                         -- why the last private message did not arrive
    created  REAL NOT NULL,
    UNIQUE (user_id, guild_id, show, kind, words)
);
INSERT INTO follow_of_show
    SELECT id, user_id, guild_id, '', kind, words, trouble, created FROM follow;
DROP TABLE follow;
ALTER TABLE follow_of_show RENAME TO follow;
