-- Who owns a partition, receipts by the time of their commands, read tables that are written as
-- differences and read by their keys alone. The read tables' rows stay; they are only laid out anew.

-- The processes that share the database. A process counts `beat` up for as long as it lives.
CREATE TABLE engines (
    engine  uuid   NOT NULL PRIMARY KEY,
    address text,
    beat    bigint NOT NULL
);

-- The owner; none where the partition is free. Heads and read tables change again and again: there
-- is room for new versions of rows beside the old ones.
ALTER TABLE heads ADD COLUMN engine uuid;
ALTER TABLE heads SET (fillfactor = 20);
ALTER TABLE dossiers SET (fillfactor = 70);
ALTER TABLE tasks SET (fillfactor = 70);

ALTER TABLE receipts DROP CONSTRAINT receipts_pkey;
ALTER TABLE receipts ADD CONSTRAINT receipts_command PRIMARY KEY (partition, command_id, sender);

-- An office's list: what it or the applicant has to do now, what is due soonest first.
DROP INDEX tasks_by_office;
ALTER TABLE tasks DROP COLUMN sequence;
CREATE INDEX tasks_by_office
    ON tasks (office, status, coalesce(due_at, 9223372036854775807), dossier_id, task)
 WHERE turn IN ('agency', 'applicant');

DROP INDEX timers_by_due;
CREATE INDEX timers_by_due ON timers (partition, due_at, dossier_id, timer);

ALTER TABLE outbox ADD COLUMN position bigint, ADD COLUMN caused_at bigint;
UPDATE outbox
   SET position = events.position,
       caused_at = extract(epoch FROM (events.payload -> 'control' ->> 'at')::timestamptz) * 1000000
  FROM events
 WHERE events.aggregate_type = 'dossier' AND events.aggregate_id = outbox.dossier_id
   AND events.sequence = outbox.sequence AND events.partition = outbox.partition;
ALTER TABLE outbox ALTER COLUMN position SET NOT NULL, ALTER COLUMN caused_at SET NOT NULL;
DROP INDEX outbox_by_addressee, outbox_by_dossier;
ALTER TABLE outbox DROP CONSTRAINT outbox_pkey;
ALTER TABLE outbox ADD CONSTRAINT outbox_message PRIMARY KEY (partition, position, message_id);
