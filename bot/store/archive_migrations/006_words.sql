-- Every word of the index with its stem and the number of passages that hold it. fts5vocab tells
-- as much only after reading the whole index. See bot/store/lexicon.py.
CREATE TABLE word (
    word     TEXT PRIMARY KEY,
    stem     TEXT NOT NULL,
    passages INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX word_stem ON word (stem);
CREATE INDEX word_ending ON word (substr(word, -3));

-- Until the next load counts them.
INSERT INTO meta SELECT 'words', 'stale' WHERE EXISTS (SELECT 1 FROM passage);

-- How many turns that are no clips, and how many passages: to count them anew would be to read
-- all that was ever said.
ALTER TABLE episode ADD COLUMN spoken INTEGER NOT NULL DEFAULT 0;
ALTER TABLE episode ADD COLUMN passages INTEGER NOT NULL DEFAULT 0;
UPDATE episode SET
    spoken = (SELECT count(*) FROM turn
        WHERE NOT clip AND turn.id >= episode.id * 1000000 AND turn.id < (episode.id + 1) * 1000000),
    passages = (SELECT count(*) FROM passage
        WHERE passage.id >= episode.id * 1000000 AND passage.id < (episode.id + 1) * 1000000);
