-- A dossier's row is written where it changes. How far its events are is said by the events.
ALTER TABLE dossiers DROP COLUMN sequence;
