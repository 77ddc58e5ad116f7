-- An agency goes on seeing what it has while it waits for somebody else: for another person, for a
-- corrected result, for a system that is mended.
DROP INDEX tasks_by_office;
CREATE INDEX tasks_by_office
    ON tasks (office, status, coalesce(due_at, 9223372036854775807), dossier_id, task)
 WHERE turn IN ('agency', 'applicant', 'correction', 'person', 'system');
