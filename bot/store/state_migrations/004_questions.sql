-- What was asked, never by whom: counted by day, with the words where they may be kept.

CREATE TABLE question (
    guild_id INTEGER NOT NULL,             -- 0: where the bot was not invited, or by private message
    day      TEXT NOT NULL,                -- ISO 8601, UTC
    search   TEXT NOT NULL CHECK (search IN ('ask', 'quote')),
    outcome  TEXT NOT NULL CHECK (outcome IN ('answered', 'closest', 'nothing')),
    words    TEXT NOT NULL,                -- '': counted only
    times    INTEGER NOT NULL,
    PRIMARY KEY (guild_id, day, search, outcome, words)
) WITHOUT ROWID;
CREATE INDEX question_day ON question (day);

-- Guilds whose moderators want questions counted only.
CREATE TABLE wordless (
    guild_id INTEGER PRIMARY KEY
);
