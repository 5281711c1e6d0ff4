-- What became of a change is found by its id, however many zones there are.
CREATE INDEX zone_instance_change ON zone_instance (change_id) WHERE change_id IS NOT NULL;
CREATE INDEX update_group_change ON update_group (change_id) WHERE change_id IS NOT NULL;
CREATE INDEX publication_change ON publication (zone_id, change_id) WHERE change_id IS NOT NULL;
CREATE INDEX config_log_change ON config_log (change_id) WHERE change_id IS NOT NULL AND zone_id IS NULL;
