-- Announcements: what was ever public, where it is announced, and what became of each delivery.
-- Moments are seconds since 1970, UTC, with fractions.

CREATE TABLE baseline (
    source TEXT PRIMARY KEY,               -- the folder whose first load planned nothing
    looked REAL NOT NULL                   -- when it was last looked at
) WITHOUT ROWID;

-- The memory of episodes. An episode keeps its row however it is renamed, renumbered or redated.
CREATE TABLE release (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    path       TEXT NOT NULL,              -- as last seen, like all that follows
    episode_id INTEGER,                    -- in the archive, which may be rebuilt
    slug       TEXT NOT NULL,
    number     INTEGER,
    title      TEXT NOT NULL,
    url        TEXT,
    audio      TEXT,                       -- file or address
    published  REAL,
    draft      INTEGER NOT NULL,
    transcript INTEGER NOT NULL,
    body       TEXT NOT NULL,              -- JSON: what else an announcement shows
    public     INTEGER NOT NULL,
    released   REAL,                       -- when it became public, NULL: it never was
    noticed    REAL,                       -- when that was noticed
    before     INTEGER NOT NULL DEFAULT 0, -- 1: it was public when the source was first loaded
    gone       REAL,                       -- when it was first missed, NULL: it is there
    reported   INTEGER NOT NULL DEFAULT 0, -- 1: moderators were told that it is gone
    offer      TEXT                        -- what followers are still to be offered
);

CREATE TABLE subscription (
    channel_id INTEGER PRIMARY KEY,
    guild_id   INTEGER NOT NULL,
    automatic  INTEGER NOT NULL,
    options    TEXT NOT NULL,              -- JSON: see bot/announce/options.py
    user_id    INTEGER NOT NULL,           -- who set it up last, and hears of trouble
    since      REAL NOT NULL               -- when it was set up or last switched on
);
CREATE INDEX subscription_guild ON subscription (guild_id);

CREATE TABLE delivery (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT NOT NULL CHECK (kind IN ('episode', 'offer', 'report')),
    release_id INTEGER REFERENCES release,
    guild_id   INTEGER,                    -- NULL: a private message
    channel_id INTEGER NOT NULL,           -- or the user's id
    forum      INTEGER NOT NULL DEFAULT 0, -- 1: by a post of its own
    turn       TEXT NOT NULL DEFAULT '0',  -- tells repeated deliveries to one place apart
    state      TEXT NOT NULL CHECK (
        state IN ('draft', 'planned', 'sending', 'sent', 'failed', 'held', 'withdrawn')
    ),
    due        REAL NOT NULL,              -- not to be touched before
    attempted  REAL,                       -- the first attempt that may have got through
    floor      INTEGER,                    -- a message older than any attempt
    attempts   INTEGER NOT NULL DEFAULT 0,
    options    TEXT NOT NULL,              -- JSON, as when it was planned
    reason     TEXT,                       -- why it failed, is held or was put off
    shown      TEXT,                       -- what it told of the episode, to notice corrections
    message_id INTEGER,
    thread_id  INTEGER,
    user_id    INTEGER,                    -- who asked for it, NULL: the bot by itself
    created    REAL NOT NULL,
    changed    REAL NOT NULL,
    UNIQUE (kind, release_id, channel_id, turn)
);
CREATE INDEX delivery_due ON delivery (state, due);
CREATE INDEX delivery_channel ON delivery (channel_id, state);
CREATE INDEX delivery_guild ON delivery (guild_id, id);

-- Ids go on from the time, so that a ledger begun anew never takes an older one's posts for its own.
INSERT INTO sqlite_sequence (name, seq) VALUES ('delivery', strftime('%s', 'now') * 1000);

-- What is still to be done to a message that was sent; each can be repeated without harm.
CREATE TABLE chore (
    delivery_id INTEGER NOT NULL REFERENCES delivery ON DELETE CASCADE,
    kind        TEXT NOT NULL CHECK (kind IN ('crosspost', 'thread', 'edit', 'delete')),
    state       TEXT NOT NULL CHECK (state IN ('planned', 'done', 'failed')),
    due         REAL NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    reason      TEXT,
    changed     REAL NOT NULL,
    PRIMARY KEY (delivery_id, kind)
) WITHOUT ROWID;
CREATE INDEX chore_due ON chore (state, due);

CREATE TABLE follow (
    id       INTEGER PRIMARY KEY,
    user_id  INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,             -- where a thread mentions them; 0: by private message
    kind     TEXT NOT NULL CHECK (kind IN ('topic', 'person', 'category')),
    words    TEXT NOT NULL,
    trouble  TEXT,                         -- why the last private message did not arrive
    created  REAL NOT NULL,
    UNIQUE (user_id, guild_id, kind, words)
);

-- Who was told of an episode: nobody twice, also when its transcript arrives.
CREATE TABLE offered (
    release_id INTEGER NOT NULL REFERENCES release,
    user_id    INTEGER NOT NULL,
    PRIMARY KEY (release_id, user_id)
) WITHOUT ROWID;

CREATE TABLE audit (
    id       INTEGER PRIMARY KEY,
    at       REAL NOT NULL,
    guild_id INTEGER NOT NULL,
    user_id  INTEGER,                      -- NULL: from outside
    action   TEXT NOT NULL,
    detail   TEXT NOT NULL
);
CREATE INDEX audit_guild ON audit (guild_id, id);

-- Requests from outside, each good for one time.
CREATE TABLE heard (
    digest TEXT PRIMARY KEY,
    at     REAL NOT NULL
) WITHOUT ROWID;

-- Files that are copies of an episode's, as they were when that was seen: the episode may be
-- corrected while its copy stays as it is, and is no news for that.
CREATE TABLE copy (
    path  TEXT PRIMARY KEY,
    facts TEXT NOT NULL                    -- JSON
) WITHOUT ROWID;
