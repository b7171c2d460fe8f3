-- How many other episodes the show notes lead to: many in a review of the year.
ALTER TABLE episode ADD COLUMN mentions INTEGER NOT NULL DEFAULT 0;
