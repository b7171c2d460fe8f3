-- What cannot be rebuilt from the source.

CREATE TABLE guild_settings (
    guild_id INTEGER PRIMARY KEY,
    private  INTEGER NOT NULL DEFAULT 0    -- 1: answers are shown to the asker alone
);

-- The commands as they were last registered with Discord.
CREATE TABLE registered_commands (
    guild_id INTEGER PRIMARY KEY,          -- 0: for all guilds
    hash     TEXT NOT NULL,                -- of the definitions that were sent
    ids      TEXT NOT NULL                 -- JSON: name -> id, to mention a command by
);
