-- A state as version 1 of its schema left it, with rows in every table.
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE guild_settings (
    guild_id INTEGER PRIMARY KEY,
    private  INTEGER NOT NULL DEFAULT 0    -- 1: answers are shown to the asker alone
);
INSERT INTO "guild_settings" VALUES(111111111111111111,1);
INSERT INTO "guild_settings" VALUES(222222222222222222,0);
CREATE TABLE registered_commands (
    guild_id INTEGER PRIMARY KEY,          -- 0: for all guilds
    hash     TEXT NOT NULL,                -- of the definitions that were sent
    ids      TEXT NOT NULL                 -- JSON: name -> id, to mention a command by
);
INSERT INTO "registered_commands" VALUES(0,'c0ffee','{"ask": 333333333333333333}');
COMMIT;
