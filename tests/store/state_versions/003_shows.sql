-- A state as version 3 of its schema left it, with rows in every table.
PRAGMA user_version = 3;
BEGIN TRANSACTION;
CREATE TABLE audit (
    id       INTEGER PRIMARY KEY,
    at       REAL NOT NULL,
    guild_id INTEGER NOT NULL,
    user_id  INTEGER,                      -- NULL: from outside
    action   TEXT NOT NULL,
    detail   TEXT NOT NULL
);
INSERT INTO "audit" VALUES(1,1767225600.0,111111111111111111,555555555555555555,'setup','#444444444444444444');
INSERT INTO "audit" VALUES(2,1767225601.0,111111111111111111,NULL,'announce (webhook)','#2 Zwei');
CREATE TABLE "baseline" (
    show   TEXT NOT NULL,
    source TEXT NOT NULL,                  -- what it was loaded from when that planned nothing
    looked REAL NOT NULL,                  -- when it was last looked at
    PRIMARY KEY (show, source)
) WITHOUT ROWID;
INSERT INTO "baseline" VALUES('','/site/content/episodes',1767225600.5);
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
INSERT INTO "chore" VALUES(1767225600001,'thread','done',1767229203.0,1,NULL,1767229204.0);
CREATE TABLE "copy" (
    show  TEXT NOT NULL,
    path  TEXT NOT NULL,
    facts TEXT NOT NULL,                   -- JSON
    PRIMARY KEY (show, path)
) WITHOUT ROWID;
INSERT INTO "copy" VALUES('','two-copy.md','[2, "Zwei", null, null, "two"]');
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
INSERT INTO "delivery" VALUES(1767225600001,'episode',2,111111111111111111,444444444444444444,0,'0','sent',1767229202.0,1767229202.5,666666666666666666,0,'{"thread": true}',NULL,'["Zwei"]',777777777777777777,777777777777777777,NULL,1767229201.25,1767229203.0);
INSERT INTO "delivery" VALUES(1767225600002,'episode',1,111111111111111111,444444444444444444,1,'again-1-0','held',1767229202.0,NULL,NULL,3,'{}','a permission is missing there',NULL,NULL,NULL,555555555555555555,1767229201.25,1767229203.0);
INSERT INTO "delivery" VALUES(1767225600003,'offer',2,NULL,888888888888888888,0,'release-888888888888888888','planned',1767229204.0,NULL,NULL,0,'{"text": "### Zwei"}',NULL,NULL,NULL,NULL,NULL,1767229201.25,1767229203.0);
CREATE TABLE first_show (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key TEXT NOT NULL
);
INSERT INTO "first_show" VALUES(1,'machines');
CREATE TABLE "follow" (
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
INSERT INTO "follow" VALUES(1,888888888888888888,0,'','topic','backups',NULL,1767225700.0);
INSERT INTO "follow" VALUES(2,888888888888888888,111111111111111111,'','person','Ines Albrecht','closed',1767225701.0);
CREATE TABLE guild_settings (
    guild_id INTEGER PRIMARY KEY,
    private  INTEGER NOT NULL DEFAULT 0    -- 1: answers are shown to the asker alone
, show TEXT);
INSERT INTO "guild_settings" VALUES(111111111111111111,1,'gardens');
INSERT INTO "guild_settings" VALUES(222222222222222222,0,NULL);
CREATE TABLE heard (
    digest TEXT PRIMARY KEY,
    at     REAL NOT NULL
) WITHOUT ROWID;
INSERT INTO "heard" VALUES('00ff',1767225602.0);
CREATE TABLE offered (
    release_id INTEGER NOT NULL REFERENCES release,
    user_id    INTEGER NOT NULL,
    PRIMARY KEY (release_id, user_id)
) WITHOUT ROWID;
INSERT INTO "offered" VALUES(2,888888888888888888);
CREATE TABLE registered_commands (
    guild_id INTEGER PRIMARY KEY,          -- 0: for all guilds
    hash     TEXT NOT NULL,                -- of the definitions that were sent
    ids      TEXT NOT NULL                 -- JSON: name -> id, to mention a command by
);
INSERT INTO "registered_commands" VALUES(0,'c0ffee','{"ask": 333333333333333333}');
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
, show TEXT NOT NULL DEFAULT '');
INSERT INTO "release" VALUES(1,'one.md',1,'one',1,'The first','https://show.example/one/','one.mp3',1767139200.0,0,1,'{"categories": ["Machines"]}',1,1767139200.0,1767225600.5,1,NULL,0,NULL,'');
INSERT INTO "release" VALUES(2,'two.md',2,'two',2,'Zwei, mit "Umlauten": ÄÖÜ',NULL,NULL,1767229200.0,0,0,'{}',1,1767229200.0,1767229201.25,0,NULL,0,'release','');
INSERT INTO "release" VALUES(3,'three.md',3,'three',NULL,'A draft',NULL,NULL,NULL,1,0,'{}',0,NULL,NULL,0,1767300000.0,1,NULL,'');
INSERT INTO "release" VALUES(4,'g1.md',1,'g1',1,'Of another show',NULL,NULL,1767229200.0,0,0,'{}',1,1767229200.0,1767229201.25,0,NULL,0,NULL,'gardens');
CREATE TABLE "subscription" (
    channel_id INTEGER NOT NULL,
    show       TEXT NOT NULL DEFAULT '',
    guild_id   INTEGER NOT NULL,
    automatic  INTEGER NOT NULL,
    options    TEXT NOT NULL,              -- JSON: see bot/announce/options.py
    user_id    INTEGER NOT NULL,           -- who set it up last, and hears of trouble
    since      REAL NOT NULL,              -- when it was set up or last switched on
    PRIMARY KEY (channel_id, show)
);
INSERT INTO "subscription" VALUES(444444444444444444,'',111111111111111111,1,'{"thread": true}',555555555555555555,1767225600.0);
CREATE INDEX delivery_due ON delivery (state, due);
CREATE INDEX delivery_channel ON delivery (channel_id, state);
CREATE INDEX delivery_guild ON delivery (guild_id, id);
CREATE INDEX chore_due ON chore (state, due);
CREATE INDEX audit_guild ON audit (guild_id, id);
CREATE INDEX release_show ON release (show);
CREATE INDEX subscription_guild ON subscription (guild_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('delivery',1767225600003);
INSERT INTO "sqlite_sequence" VALUES('release',4);
COMMIT;
