-- What an episode spells out: "Google Kubernetes Engine (GKE)". Both in lower case.
CREATE TABLE acronym (
    episode_id INTEGER NOT NULL REFERENCES episode ON DELETE CASCADE,
    short      TEXT NOT NULL,
    words      TEXT NOT NULL,
    PRIMARY KEY (episode_id, short, words)
) WITHOUT ROWID;
