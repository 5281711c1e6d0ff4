-- Each question about events has one index that can answer it, chosen by how the question is put. With
-- several partial indexes of one predicate the planner, which believes that nothing is pending (as
-- is true most of the time), takes any of them, and walks all pending events for one of them.
--
--   processed_at IS NULL            event_pending: what is due for one machine row
--   state IN (NEW, RUNNING, RETRY)  event_relay: what wants to be published, and pending events at all
--   processed_at < ...              event_processed: what is old enough to go
--   state = FAILURE                 event_failed: what operators look for

DROP INDEX event_relay;
CREATE INDEX event_relay ON event (machine, is_bulk, relay_at)
    WHERE state IN ('NEW', 'RUNNING', 'RETRY');

DROP INDEX event_processed;
CREATE INDEX event_processed ON event (processed_at) WHERE processed_at IS NOT NULL;

CREATE INDEX event_failed ON event (id) WHERE state = 'FAILURE';
