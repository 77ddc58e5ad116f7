-- The log and its core read tables. Moments are microseconds since 1970 in UTC.

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE heads (
    partition INTEGER NOT NULL PRIMARY KEY,
    head      INTEGER NOT NULL,
    epoch     INTEGER NOT NULL
) STRICT;

-- A rowid table: without rowid, appends take twice as long.
CREATE TABLE events (
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    sequence       INTEGER NOT NULL CHECK (sequence > 0),
    event_type     TEXT    NOT NULL,
    event_version  TEXT    NOT NULL,
    payload        TEXT    NOT NULL CHECK (json_valid(payload)),
    metadata       TEXT    NOT NULL CHECK (json_valid(metadata)),
    partition      INTEGER NOT NULL,
    position       INTEGER NOT NULL CHECK (position > 0),
    command_id     TEXT    NOT NULL,
    recorded_at    INTEGER NOT NULL,
    hash           BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (aggregate_type, aggregate_id, sequence, partition),
    UNIQUE (partition, position)
) STRICT;

CREATE TABLE receipts (
    partition      INTEGER NOT NULL,
    sender         TEXT    NOT NULL,
    command_id     TEXT    NOT NULL,
    request_digest BLOB    NOT NULL CHECK (length(request_digest) = 32),
    outcome        TEXT    NOT NULL CHECK (json_valid(outcome)),
    recorded_at    INTEGER NOT NULL,
    PRIMARY KEY (partition, sender, command_id)
) STRICT;

CREATE TABLE reference (
    digest  TEXT NOT NULL PRIMARY KEY,
    kind    TEXT NOT NULL,
    name    TEXT NOT NULL,
    content TEXT NOT NULL
) STRICT;
CREATE INDEX reference_by_kind ON reference (kind, name);

CREATE TABLE dossiers (
    partition     INTEGER NOT NULL,
    dossier_id    TEXT    NOT NULL,
    code          TEXT    NOT NULL,
    group_name    TEXT    NOT NULL,
    group_version TEXT    NOT NULL,
    account       TEXT    NOT NULL,
    status        INTEGER NOT NULL CHECK (status BETWEEN 1 AND 10),
    submitted_at  INTEGER NOT NULL,
    sequence      INTEGER NOT NULL,
    PRIMARY KEY (partition, dossier_id)
) STRICT;
CREATE INDEX dossiers_by_account ON dossiers (account, submitted_at, dossier_id);
CREATE INDEX dossiers_by_code ON dossiers (code);

CREATE TABLE tasks (
    partition  INTEGER NOT NULL,
    dossier_id TEXT    NOT NULL,
    task       TEXT    NOT NULL,
    office     TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    turn       TEXT    NOT NULL,
    dispatch   TEXT,
    due_at     INTEGER,
    sequence   INTEGER NOT NULL,
    PRIMARY KEY (partition, dossier_id, task)
) STRICT;
CREATE INDEX tasks_by_office ON tasks (office, status, due_at);

CREATE TABLE timers (
    partition  INTEGER NOT NULL,
    dossier_id TEXT    NOT NULL,
    timer      TEXT    NOT NULL,
    due_at     INTEGER NOT NULL,
    PRIMARY KEY (partition, dossier_id, timer)
) STRICT;
CREATE INDEX timers_by_due ON timers (due_at, dossier_id, timer);

CREATE TABLE outbox (
    partition  INTEGER NOT NULL,
    dossier_id TEXT    NOT NULL,
    message_id TEXT    NOT NULL,
    addressee  TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    task       TEXT    NOT NULL,
    sequence   INTEGER NOT NULL,
    PRIMARY KEY (partition, message_id)
) STRICT;
CREATE INDEX outbox_by_addressee ON outbox (addressee, message_id);
CREATE INDEX outbox_by_dossier ON outbox (partition, dossier_id, sequence);

CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT raise(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT raise(ABORT, 'events are append-only'); END;
CREATE TRIGGER reference_never_changes BEFORE UPDATE ON reference
BEGIN SELECT raise(ABORT, 'reference data are kept as they are'); END;
CREATE TRIGGER reference_never_goes BEFORE DELETE ON reference
BEGIN SELECT raise(ABORT, 'reference data are kept as they are'); END;
