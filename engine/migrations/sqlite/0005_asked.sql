-- Who is asked to agree finds what they are asked: the timer of the window says whom it is about, by a
-- digest of their personal id. It is there as long as the question is open.
ALTER TABLE timers ADD COLUMN person TEXT;
CREATE INDEX timers_by_person ON timers (person, due_at, dossier_id, timer) WHERE person IS NOT NULL;
