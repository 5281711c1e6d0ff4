-- Work on many things at once, which goes on behind what people do one by one.

CREATE TABLE job (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name             text NOT NULL,
    state            text NOT NULL CHECK (state IN ('COLLECTING', 'RUNNING', 'FINISHING', 'DONE', 'CANCELLED', 'FAILED')),
    sm_version       bigint NOT NULL DEFAULT 0,
    lease_until      timestamptz,
    lease_worker     text,
    last_error       text,
    last_error_code  integer,
    last_error_since timestamptz,
    parts            jsonb NOT NULL CHECK (jsonb_typeof(parts) = 'array' AND jsonb_array_length(parts) > 0),
    part             integer NOT NULL DEFAULT 0,
    position         bigint NOT NULL DEFAULT 0,
    total            bigint,
    done             bigint NOT NULL DEFAULT 0,
    failed           bigint NOT NULL DEFAULT 0,
    results          jsonb NOT NULL DEFAULT '{}',
    change_id        bigint NOT NULL REFERENCES change,
    ctime            timestamptz NOT NULL DEFAULT clock_timestamp(),
    told_at          timestamptz,
    ended_at         timestamptz,
    CHECK ((state IN ('DONE', 'CANCELLED', 'FAILED')) = (ended_at IS NOT NULL))
);
COMMENT ON TABLE job IS 'Work on many things: a step at a time, each in a transaction of its own.';
COMMENT ON COLUMN job.id IS 'Key of the row, and the job''s number.';
COMMENT ON COLUMN job.name IS 'Method that began it, such as refresh_all.';
COMMENT ON COLUMN job.state IS
    'COLLECTING is being given its items; RUNNING goes through them; FINISHING waits for the events that '
    'it has posted.';
COMMENT ON COLUMN job.sm_version IS
    'Fencing number of the state machine: every claim and settle raises it, and a settle needs the '
    'value its claim left.';
COMMENT ON COLUMN job.lease_until IS
    'Until when the worker that claimed the state machine may work outside the database.';
COMMENT ON COLUMN job.lease_worker IS 'Worker that holds the lease.';
COMMENT ON COLUMN job.last_error IS
    'Message of the failure that still stands; null when the last try went well.';
COMMENT ON COLUMN job.last_error_code IS 'Code of that failure as in the error catalogue.';
COMMENT ON COLUMN job.last_error_since IS 'When that failure began.';
COMMENT ON COLUMN job.parts IS
    'What is done, one after another: objects {"kind": ...} with what that kind wants to know.';
COMMENT ON COLUMN job.part IS 'Which of them is being done, counted from 0.';
COMMENT ON COLUMN job.position IS 'The last item of that part that has been done; items are in the order of their ids.';
COMMENT ON COLUMN job.total IS 'Number of items when it began; null: not known.';
COMMENT ON COLUMN job.done IS 'Number of items done, with those that failed.';
COMMENT ON COLUMN job.failed IS 'Number of items that failed.';
COMMENT ON COLUMN job.results IS 'What each kind has achieved: a number by the kind''s name.';
COMMENT ON COLUMN job.change_id IS 'The change that began it, and that all it does belongs to.';
COMMENT ON COLUMN job.ctime IS 'When it was made.';
COMMENT ON COLUMN job.told_at IS 'When its progress was last published as a fact.';
COMMENT ON COLUMN job.ended_at IS 'When it ended; null while it has not.';
CREATE INDEX job_moving ON job (id) WHERE state IN ('RUNNING', 'FINISHING');
CREATE INDEX job_ended ON job (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE job_item (
    job_id     bigint NOT NULL REFERENCES job ON DELETE CASCADE,
    number     bigint NOT NULL,
    name       text NOT NULL,
    parameters jsonb NOT NULL,
    PRIMARY KEY (job_id, number)
);
COMMENT ON TABLE job_item IS 'What a job was given to do; gone when it is done.';
COMMENT ON COLUMN job_item.job_id IS 'The job.';
COMMENT ON COLUMN job_item.number IS 'Place in the order in which the items were given, from 1.';
COMMENT ON COLUMN job_item.name IS 'Name of the thing.';
COMMENT ON COLUMN job_item.parameters IS 'Parameters of the method that is called for it.';

CREATE TABLE job_failure (
    job_id bigint NOT NULL REFERENCES job ON DELETE CASCADE,
    id     bigint GENERATED ALWAYS AS IDENTITY,
    name   text NOT NULL,
    code   integer NOT NULL,
    error  text NOT NULL,
    PRIMARY KEY (job_id, id)
);
COMMENT ON TABLE job_failure IS 'Items that a job could not do: the first thousand of a job.';
COMMENT ON COLUMN job_failure.job_id IS 'The job.';
COMMENT ON COLUMN job_failure.id IS 'Order in which they failed.';
COMMENT ON COLUMN job_failure.name IS 'Name of the thing.';
COMMENT ON COLUMN job_failure.code IS 'Code of the error as in the error catalogue.';
COMMENT ON COLUMN job_failure.error IS 'Message of the error.';

ALTER TABLE event DROP CONSTRAINT event_machine_check;
ALTER TABLE event ADD CONSTRAINT event_machine_check
    CHECK (machine IN ('zone', 'server', 'master', 'reverse', 'job'));

-- The events of a job that have not ended. In words of its own (0005_event_indexes.sql), and only of
-- bulk events: what people do pays nothing for it.
CREATE INDEX event_bulk_pending ON event (change_id)
    WHERE is_bulk AND coalesce(processed_at, 'infinity'::timestamptz) = 'infinity'::timestamptz;
