-- What subscriptions have taken in, what they have made of it, and what was attempted to deliver.
-- Attempts are not in the log: `deliveries` is never made anew.

CREATE TABLE subscriptions (
    name text COLLATE "C" NOT NULL,
    partition int NOT NULL,
    -- Of the owner who moves it.
    epoch bigint NOT NULL DEFAULT 0,
    position bigint NOT NULL,
    is_paused boolean NOT NULL DEFAULT false,
    PRIMARY KEY (name, partition)
);

-- Which of the subscriptions of a name is read from, and which is being built beside it.
CREATE TABLE shown (
    name         text COLLATE "C" NOT NULL PRIMARY KEY,
    subscription text COLLATE "C" NOT NULL,
    next         text COLLATE "C"
);

-- An aggregate of which a subscription could not take in an event. Its later events wait.
CREATE TABLE parked (
    name text COLLATE "C" NOT NULL,
    partition int NOT NULL,
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    sequence bigint NOT NULL,
    attempts bigint NOT NULL,
    error_code text COLLATE "C" NOT NULL,
    is_retried boolean NOT NULL DEFAULT false,
    PRIMARY KEY (name, partition, aggregate_type, aggregate_id)
);

-- What an operator let a subscription leave out, and why.
CREATE TABLE skipped (
    name text COLLATE "C" NOT NULL,
    partition int NOT NULL,
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    reason text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    skipped_at bigint NOT NULL,
    PRIMARY KEY (name, partition, position)
);

CREATE TABLE traffic (
    name text COLLATE "C" NOT NULL,
    partition int NOT NULL,
    office text COLLATE "C" NOT NULL,
    day text COLLATE "C" NOT NULL,
    fact text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (name, partition, office, day, fact)
);

CREATE TABLE deliveries (
    partition int NOT NULL,
    message_id text COLLATE "C" NOT NULL,
    office text COLLATE "C" NOT NULL,
    dossier_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    task text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    position bigint NOT NULL,
    caused_at bigint NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('pending', 'delivered', 'parked')),
    attempts bigint NOT NULL,
    next_at bigint NOT NULL,
    last_failure text,
    owner text,
    delivered_at bigint,
    PRIMARY KEY (partition, message_id)
);
-- What is due to an office, the oldest first.
CREATE INDEX deliveries_due ON deliveries (office, next_at, message_id) WHERE state = 'pending';
CREATE INDEX deliveries_by_state ON deliveries (state, office, message_id);
