-- What subscriptions have taken in, what they have made of it, and what was attempted to deliver.
-- Attempts are not in the log: `deliveries` is never made anew.

CREATE TABLE subscriptions (
    name      TEXT    NOT NULL,
    partition INTEGER NOT NULL,
    -- Of the owner who moves it.
    epoch     INTEGER NOT NULL DEFAULT 0,
    position  INTEGER NOT NULL,
    is_paused INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (name, partition)
) STRICT, WITHOUT ROWID;

-- Which of the subscriptions of a name is read from, and which is being built beside it.
CREATE TABLE shown (
    name         TEXT NOT NULL PRIMARY KEY,
    subscription TEXT NOT NULL,
    next         TEXT
) STRICT, WITHOUT ROWID;

-- An aggregate of which a subscription could not take in an event. Its later events wait.
CREATE TABLE parked (
    name           TEXT    NOT NULL,
    partition      INTEGER NOT NULL,
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    position       INTEGER NOT NULL,
    sequence       INTEGER NOT NULL,
    attempts       INTEGER NOT NULL,
    error_code     TEXT    NOT NULL,
    is_retried     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (name, partition, aggregate_type, aggregate_id)
) STRICT, WITHOUT ROWID;

-- What an operator let a subscription leave out, and why.
CREATE TABLE skipped (
    name           TEXT    NOT NULL,
    partition      INTEGER NOT NULL,
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    position       INTEGER NOT NULL,
    reason         TEXT    NOT NULL,
    owner          TEXT    NOT NULL,
    skipped_at     INTEGER NOT NULL,
    PRIMARY KEY (name, partition, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE traffic (
    name      TEXT    NOT NULL,
    partition INTEGER NOT NULL,
    office    TEXT    NOT NULL,
    day       TEXT    NOT NULL,
    fact      TEXT    NOT NULL,
    count     INTEGER NOT NULL,
    PRIMARY KEY (name, partition, office, day, fact)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
    partition    INTEGER NOT NULL,
    message_id   TEXT    NOT NULL,
    office       TEXT    NOT NULL,
    dossier_id   TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    task         TEXT    NOT NULL,
    sequence     INTEGER NOT NULL,
    position     INTEGER NOT NULL,
    caused_at    INTEGER NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('pending', 'delivered', 'parked')),
    attempts     INTEGER NOT NULL,
    next_at      INTEGER NOT NULL,
    last_failure TEXT,
    owner        TEXT,
    delivered_at INTEGER,
    PRIMARY KEY (partition, message_id)
) STRICT, WITHOUT ROWID;
-- What is due to an office, the oldest first.
CREATE INDEX deliveries_due ON deliveries (office, next_at, message_id) WHERE state = 'pending';
CREATE INDEX deliveries_by_state ON deliveries (state, office, message_id);
