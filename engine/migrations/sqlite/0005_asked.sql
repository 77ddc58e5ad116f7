-- Who is asked to agree finds what they are asked: the timer of the window says whom it is about, by a
-- digest of their personal id. It is there as long as the question is open.
ALTER TABLE timers ADD COLUMN person TEXT;
CREATE INDEX timers_by_person ON timers (person, due_at, dossier_id, timer) WHERE person IS NOT NULL;

-- A condition of an index or a table is evaluated for each row that is written, and for `IN` with several
-- values SQLite makes a table of its own each time: comparing costs a tenth.
DROP INDEX tasks_by_office;
CREATE INDEX tasks_by_office
    ON tasks (office, status, coalesce(due_at, 9223372036854775807), dossier_id, task)
 WHERE turn <> 'earlier' AND turn <> 'nobody' AND turn <> 'time';

CREATE TABLE deliveries_compared (
    partition    INTEGER NOT NULL,
    message_id   TEXT    NOT NULL,
    office       TEXT    NOT NULL,
    dossier_id   TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    task         TEXT    NOT NULL,
    sequence     INTEGER NOT NULL,
    position     INTEGER NOT NULL,
    caused_at    INTEGER NOT NULL,
    state        TEXT    NOT NULL
                 CHECK (state = 'pending' OR state = 'delivered' OR state = 'parked'),
    attempts     INTEGER NOT NULL,
    next_at      INTEGER NOT NULL,
    last_failure TEXT,
    owner        TEXT,
    delivered_at INTEGER,
    PRIMARY KEY (partition, message_id)
) STRICT, WITHOUT ROWID;
INSERT INTO deliveries_compared SELECT * FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_compared RENAME TO deliveries;
CREATE INDEX deliveries_due ON deliveries (office, next_at, message_id) WHERE state = 'pending';
CREATE INDEX deliveries_by_state ON deliveries (state, office, message_id);
