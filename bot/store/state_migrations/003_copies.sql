-- Files that are copies of an episode's, as they were when that was seen: the episode may be
-- corrected while its copy stays as it is, and is no news for that.
CREATE TABLE copy (
    path  TEXT PRIMARY KEY,
    facts TEXT NOT NULL                    -- JSON
) WITHOUT ROWID;
