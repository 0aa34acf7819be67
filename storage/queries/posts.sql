-- name: source
-- What is known of one source.
SELECT name, looked_at, failing_since, error, believe, seen_at, received, fetched_at, next_fetch, fetch_error,
    fetch_failing_since
FROM source
WHERE name = :name;

-- name: sources
-- Every source with how many posts it has and how many of them are held.
SELECT s.name, s.looked_at, s.failing_since, s.error, s.believe, s.seen_at, s.received, s.fetched_at, s.next_fetch,
    s.fetch_error, s.fetch_failing_since,
    (SELECT count(*) FROM post p WHERE p.source = s.name AND p.state <> 'gone') AS posts,
    (SELECT count(*) FROM post p WHERE p.source = s.name AND p.state = 'backlog') AS backlog
FROM source s
ORDER BY s.name;

-- name: add_source
-- Begins to know a source.
INSERT INTO source (name) VALUES (:name) ON CONFLICT (name) DO NOTHING;

-- name: mark_looked
-- Notes that the first look at a source is done.
UPDATE source SET looked_at = :now WHERE name = :name AND looked_at IS NULL;

-- name: fail
-- Notes that nothing is concluded from a source, and why.
UPDATE source SET failing_since = coalesce(failing_since, :now), error = :error WHERE name = :name;

-- name: recover
-- Notes that a source is well again, and forgets the leave to believe that posts are deleted.
UPDATE source SET failing_since = NULL, error = NULL, believe = 0 WHERE name = :name;

-- name: note_look
-- Notes that a source was looked at.
UPDATE source SET seen_at = :now WHERE name = :name;

-- name: note_fetch
-- Notes which commit of a repository was received, and forgets why it could not be.
UPDATE source
SET received = :received, fetched_at = :now, next_fetch = :next, fetch_error = NULL, fetch_failing_since = NULL
WHERE name = :name;

-- name: fail_fetch
-- Notes that a repository could not be received, and why.
UPDATE source
SET fetch_error = :error, fetch_failing_since = coalesce(fetch_failing_since, :now), next_fetch = :next
WHERE name = :name;

-- name: believe
-- Lets the next look believe that vanished posts are deleted.
UPDATE source SET believe = 1 WHERE name = :name AND failing_since IS NOT NULL;

-- name: known
-- Everything known of a source's posts, the ones that are gone included.
SELECT id, path, size, modified_ns, revision, settled, state, was, first_seen, changed_at, missing_since, unreadable,
    due_at
FROM post
WHERE source = :source;

-- name: marks
-- What tells the posts of a source again under another path.
SELECT d.post_id, d.slug, d.series, d.title, d.published_at
FROM digest d JOIN post p ON p.id = d.post_id
WHERE p.source = :source AND p.state <> 'gone';

-- name: add
-- Keeps a post that was not known, unless somebody was faster.
INSERT INTO post (source, path, revision, size, modified_ns, state, first_seen, changed_at, unreadable,
    copy_of, problems)
VALUES (:source, :path, :revision, :size, :modified_ns, :state, :now, :now, :unreadable, :copy_of, :problems)
ON CONFLICT (source, path) WHERE state <> 'gone' DO NOTHING;

-- name: touch
-- Notes another size or time of the same text.
UPDATE post SET size = :size, modified_ns = :modified_ns, missing_since = NULL
WHERE id = :id AND revision = :before AND state = :state_before;

-- name: change
-- Notes another text, which settles from now on.
UPDATE post
SET revision = :revision, settled = 0, size = :size, modified_ns = :modified_ns, state = :state, was = :was,
    changed_at = :now, missing_since = NULL, unreadable = 0, copy_of = :copy_of, due_at = NULL
WHERE id = :id AND revision = :before AND state = :state_before;

-- name: move
-- Gives a post its new path, where its text is read again once it has settled.
UPDATE post
SET path = :path, revision = :revision, settled = 0, size = :size, modified_ns = :modified_ns, state = :state,
    was = :was, changed_at = :now, missing_since = NULL, unreadable = 0, due_at = NULL,
    copy_of = CASE WHEN :state = 'copy' THEN copy_of END
WHERE id = :id AND revision = :before AND state = :state_before;

-- name: drop_waiting
-- Forgets a path that was taken for a new post and is an old one that moved.
DELETE FROM post
WHERE id = :id AND state IN ('settling', 'copy') AND NOT EXISTS (SELECT 1 FROM digest d WHERE d.post_id = post.id);

-- name: rename_original
-- Lets copies name the new path of what they are copies of.
UPDATE post SET copy_of = :path WHERE source = :source AND copy_of = :old_path;

-- name: copies
-- The copies of a source, and whether what they are copies of has another text by now.
SELECT p.path, p.copy_of, o.revision IS NOT p.revision AS of_earlier
FROM post p LEFT JOIN post o ON o.source = p.source AND o.path = p.copy_of AND o.state <> 'gone'
WHERE p.source = :source AND p.state = 'copy';

-- name: cannot_read
-- Notes that a post's file cannot be read; it is tried again at every look.
UPDATE post
SET unreadable = 1, settled = 0, problems = :problems, missing_since = NULL
WHERE id = :id AND revision = :before AND state = :state_before;

-- name: miss
-- Notes since when a post's file is not there.
UPDATE post SET missing_since = :now WHERE id = :id AND missing_since IS NULL AND state = :state_before;

-- name: come_back
-- Notes that a post's file is there again.
UPDATE post SET missing_since = NULL WHERE id = :id AND state = :state_before;

-- name: enter
-- Puts a post into another state, unless it left the one before.
UPDATE post SET state = :state, was = state WHERE id = :id AND revision = :before AND state = :state_before;

-- name: take
-- Acts upon a text, unless somebody was faster or the text has changed.
UPDATE post
SET settled = 1, state = :state, title = :title, problems = :problems, unreadable = 0,
    copy_of = NULL, due_at = NULL
WHERE id = :id AND revision = :before AND settled = 0 AND state = :state_before;

-- name: postpone
-- Lets a text wait for its date, unless somebody was faster or the text has changed.
UPDATE post
SET state = 'settling', due_at = :due, title = :title, problems = :problems, unreadable = 0
WHERE id = :id AND revision = :before AND settled = 0 AND state = :state_before;

-- name: backlog
-- A page of the held posts of a source whose text has settled.
SELECT p.id, d.id AS digest_id
FROM post p JOIN digest d ON d.post_id = p.id
WHERE p.source = :source AND p.state = 'backlog' AND p.settled = 1
ORDER BY p.id
LIMIT :limit;

-- name: count_backlog
-- How many posts of a source are held.
SELECT count(*) AS posts FROM post WHERE source = :source AND state = 'backlog';

-- name: leave_backlog
-- Ends the holding of a post.
UPDATE post SET state = :state, was = state WHERE id = :id AND state = 'backlog';

-- name: page
-- The posts of one source or of all, the newest first.
SELECT p.id, p.source, p.path, p.state, coalesce(d.title, nullif(p.title, ''), od.title, '') AS title, p.first_seen,
    p.changed_at, p.missing_since, p.copy_of, o.revision IS NOT p.revision AS of_earlier, p.problems, p.settled, p.due_at, d.id AS digest_id, d.revision,
    coalesce(d.withdrawn, 0) AS withdrawn, coalesce(d.series, '') AS series, d.published_at,
    (SELECT count(*) FROM story s WHERE s.digest_id = d.id) AS stories
FROM post p LEFT JOIN digest d ON d.post_id = p.id
    LEFT JOIN post o ON o.source = p.source AND o.path = p.copy_of AND o.state <> 'gone'
    LEFT JOIN digest od ON od.post_id = o.id
WHERE :source = '' OR p.source = :source
ORDER BY p.first_seen DESC, p.id DESC
LIMIT :limit;

-- name: by_id
-- One post.
SELECT p.id, p.source, p.path, p.state, coalesce(d.title, nullif(p.title, ''), od.title, '') AS title, p.first_seen,
    p.changed_at, p.missing_since, p.copy_of, o.revision IS NOT p.revision AS of_earlier, p.problems, p.settled, p.due_at, d.id AS digest_id, d.revision,
    coalesce(d.withdrawn, 0) AS withdrawn, coalesce(d.series, '') AS series, d.published_at,
    (SELECT count(*) FROM story s WHERE s.digest_id = d.id) AS stories
FROM post p LEFT JOIN digest d ON d.post_id = p.id
    LEFT JOIN post o ON o.source = p.source AND o.path = p.copy_of AND o.state <> 'gone'
    LEFT JOIN digest od ON od.post_id = o.id
WHERE p.id = :id;
