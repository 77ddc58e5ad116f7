-- The log and its core read tables. Moments in the read tables are microseconds since 1970 in UTC.
-- Every key contains the partition, so that the tables can be distributed by it.

CREATE TABLE meta (
    key   text NOT NULL PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE heads (
    partition int    NOT NULL PRIMARY KEY,
    head      bigint NOT NULL,
    epoch     bigint NOT NULL
);

-- The first seven columns are those of postgres-es. `json`, not `jsonb`: the text stays as it is.
CREATE TABLE events (
    aggregate_type text        NOT NULL,
    aggregate_id   text        NOT NULL,
    sequence       bigint      NOT NULL CHECK (sequence > 0),
    event_type     text        NOT NULL,
    event_version  text        NOT NULL,
    payload        json        NOT NULL,
    metadata       json        NOT NULL,
    partition      int         NOT NULL,
    position       bigint      NOT NULL CHECK (position > 0),
    command_id     uuid        NOT NULL,
    recorded_at    timestamptz NOT NULL,
    hash           bytea       NOT NULL CHECK (octet_length(hash) = 32),
    CONSTRAINT events_stream PRIMARY KEY (aggregate_type, aggregate_id, sequence, partition),
    CONSTRAINT events_position UNIQUE (partition, position)
);

CREATE TABLE receipts (
    partition      int         NOT NULL,
    sender         text        NOT NULL,
    command_id     uuid        NOT NULL,
    request_digest bytea       NOT NULL CHECK (octet_length(request_digest) = 32),
    outcome        json        NOT NULL,
    recorded_at    timestamptz NOT NULL,
    PRIMARY KEY (partition, sender, command_id)
);

CREATE TABLE reference (
    digest  text NOT NULL PRIMARY KEY,
    kind    text NOT NULL,
    name    text COLLATE "C" NOT NULL,
    content text NOT NULL
);
CREATE INDEX reference_by_kind ON reference (kind, name);

CREATE TABLE dossiers (
    partition     int    NOT NULL,
    dossier_id    text   COLLATE "C" NOT NULL,
    code          text   NOT NULL,
    group_name    text   NOT NULL,
    group_version text   NOT NULL,
    account       text   NOT NULL,
    status        int    NOT NULL CHECK (status BETWEEN 1 AND 10),
    submitted_at  bigint NOT NULL,
    sequence      bigint NOT NULL,
    PRIMARY KEY (partition, dossier_id)
);
CREATE INDEX dossiers_by_account ON dossiers (account, submitted_at, dossier_id);
CREATE INDEX dossiers_by_code ON dossiers (code);

CREATE TABLE tasks (
    partition  int    NOT NULL,
    dossier_id text   COLLATE "C" NOT NULL,
    task       text   COLLATE "C" NOT NULL,
    office     text   NOT NULL,
    status     text   NOT NULL,
    turn       text   NOT NULL,
    dispatch   text,
    due_at     bigint,
    sequence   bigint NOT NULL,
    PRIMARY KEY (partition, dossier_id, task)
);
CREATE INDEX tasks_by_office ON tasks (office, status, due_at);

CREATE TABLE timers (
    partition  int    NOT NULL,
    dossier_id text   COLLATE "C" NOT NULL,
    timer      text   COLLATE "C" NOT NULL,
    due_at     bigint NOT NULL,
    PRIMARY KEY (partition, dossier_id, timer)
);
CREATE INDEX timers_by_due ON timers (due_at, dossier_id, timer);

CREATE TABLE outbox (
    partition  int    NOT NULL,
    dossier_id text   COLLATE "C" NOT NULL,
    message_id text   COLLATE "C" NOT NULL,
    addressee  text   NOT NULL,
    kind       text   NOT NULL,
    task       text   NOT NULL,
    sequence   bigint NOT NULL,
    PRIMARY KEY (partition, message_id)
);
CREATE INDEX outbox_by_addressee ON outbox (addressee, message_id);
CREATE INDEX outbox_by_dossier ON outbox (partition, dossier_id, sequence);

-- Who owns the tables is refused too. Where tables are distributed and triggers are not allowed,
-- the program's role must not own them, and UPDATE, DELETE and TRUNCATE are revoked from it.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '55000'; END $$;

CREATE TRIGGER events_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER reference_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON reference
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
