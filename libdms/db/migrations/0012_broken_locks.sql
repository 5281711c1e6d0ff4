-- Whoever lost a lock to somebody is told to whom, and does not just take it again.
ALTER TABLE edit_lock ADD COLUMN broken_by text;
COMMENT ON COLUMN edit_lock.broken_by IS
    'Who took the lock from its holder, at expires_at; null when nobody did.';
