-- Sources say more of themselves, and a post may wait for its own date.
-- `due_at`: the post's own date, before which its text is not acted upon; null where nothing is waited for.
ALTER TABLE post ADD COLUMN due_at INTEGER;
-- `seen_at`: a look not long before the last one, for it is not noted at every look.
ALTER TABLE source ADD COLUMN seen_at INTEGER;
-- Of a Git repository: the commit that was received, when, and when its remote is asked again;
-- `fetch_error`: a code while it cannot be received, and since when.
ALTER TABLE source ADD COLUMN received TEXT;
ALTER TABLE source ADD COLUMN fetched_at INTEGER;
ALTER TABLE source ADD COLUMN next_fetch INTEGER;
ALTER TABLE source ADD COLUMN fetch_error TEXT;
ALTER TABLE source ADD COLUMN fetch_failing_since INTEGER;
