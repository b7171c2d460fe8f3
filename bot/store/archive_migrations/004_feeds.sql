-- What feeds say beyond Hugo files: the season, what the show's feed identifies an episode by,
-- and, beside a heading, where in the audio its chapter starts.
ALTER TABLE episode ADD COLUMN season INTEGER;
ALTER TABLE episode ADD COLUMN guid TEXT;
ALTER TABLE note ADD COLUMN seconds REAL;
CREATE INDEX episode_guid ON episode (guid);
