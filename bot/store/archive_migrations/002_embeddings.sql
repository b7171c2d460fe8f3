-- What each passage of an episode means, as a vector: float16, one row for each passage in the
-- order of their ids. Only where the extra "semantic" is installed.
CREATE TABLE embedding (
    episode_id INTEGER PRIMARY KEY REFERENCES episode ON DELETE CASCADE,
    model      TEXT NOT NULL,
    vectors    BLOB NOT NULL
);
