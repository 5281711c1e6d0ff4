-- The zones whose last try failed, longest first: what operators look for when something is wrong. Empty
-- on a quiet system.
CREATE INDEX zone_trouble ON zone (last_error_since) WHERE last_error IS NOT NULL;
