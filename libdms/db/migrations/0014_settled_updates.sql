-- Updates that were applied or refused age with the events.
CREATE INDEX update_group_settled ON update_group (ctime) WHERE state <> 'WAITING';
