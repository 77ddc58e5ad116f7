-- Who owns a partition, receipts by the time of their commands, read tables that are written as
-- differences and read by their keys alone. The read tables' rows stay; they are only laid out anew.

-- The processes that share the store. A process counts `beat` up for as long as it lives.
CREATE TABLE engines (
    engine  TEXT    NOT NULL PRIMARY KEY,
    address TEXT,
    beat    INTEGER NOT NULL
) STRICT;

-- The owner; none where the partition is free.
ALTER TABLE heads ADD COLUMN engine TEXT;

CREATE TABLE receipts_by_time (
    partition      INTEGER NOT NULL,
    command_id     BLOB    NOT NULL CHECK (length(command_id) = 16),
    sender         TEXT    NOT NULL,
    request_digest BLOB    NOT NULL CHECK (length(request_digest) = 32),
    outcome        TEXT    NOT NULL,
    recorded_at    INTEGER NOT NULL,
    PRIMARY KEY (partition, command_id, sender)
) STRICT, WITHOUT ROWID;
INSERT INTO receipts_by_time
SELECT partition, unhex(replace(command_id, '-', '')), sender, request_digest, outcome, recorded_at
  FROM receipts;
DROP TABLE receipts;
ALTER TABLE receipts_by_time RENAME TO receipts;

CREATE TABLE tasks_by_key (
    partition  INTEGER NOT NULL,
    dossier_id TEXT    NOT NULL,
    task       TEXT    NOT NULL,
    office     TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    turn       TEXT    NOT NULL,
    dispatch   TEXT,
    due_at     INTEGER,
    PRIMARY KEY (partition, dossier_id, task)
) STRICT, WITHOUT ROWID;
INSERT INTO tasks_by_key
SELECT partition, dossier_id, task, office, status, turn, dispatch, due_at FROM tasks;
DROP TABLE tasks;
ALTER TABLE tasks_by_key RENAME TO tasks;
-- An office's list: what it or the applicant has to do now, what is due soonest first.
CREATE INDEX tasks_by_office
    ON tasks (office, status, coalesce(due_at, 9223372036854775807), dossier_id, task)
 WHERE turn IN ('agency', 'applicant');

CREATE TABLE timers_by_key (
    partition  INTEGER NOT NULL,
    dossier_id TEXT    NOT NULL,
    timer      TEXT    NOT NULL,
    due_at     INTEGER NOT NULL,
    PRIMARY KEY (partition, dossier_id, timer)
) STRICT, WITHOUT ROWID;
INSERT INTO timers_by_key SELECT partition, dossier_id, timer, due_at FROM timers;
DROP TABLE timers;
ALTER TABLE timers_by_key RENAME TO timers;
CREATE INDEX timers_by_due ON timers (partition, due_at, dossier_id, timer);

CREATE TABLE outbox_by_position (
    partition  INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    message_id TEXT    NOT NULL,
    dossier_id TEXT    NOT NULL,
    addressee  TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    task       TEXT    NOT NULL,
    sequence   INTEGER NOT NULL,
    caused_at  INTEGER NOT NULL,
    PRIMARY KEY (partition, position, message_id)
) STRICT, WITHOUT ROWID;
INSERT INTO outbox_by_position
SELECT outbox.partition, events.position, message_id, dossier_id, addressee, kind, task,
       outbox.sequence,
       CAST(strftime('%s', json_extract(events.payload, '$.control.at')) AS INTEGER) * 1000000
  FROM outbox JOIN events
    ON events.aggregate_type = 'dossier' AND events.aggregate_id = outbox.dossier_id
   AND events.sequence = outbox.sequence;
DROP TABLE outbox;
ALTER TABLE outbox_by_position RENAME TO outbox;
