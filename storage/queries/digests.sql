-- name: keep_text
-- Keeps a text under its name.
INSERT INTO text (revision, data) VALUES (:revision, :data) ON CONFLICT (revision) DO NOTHING;

-- name: text
-- A text by its name.
SELECT data FROM text WHERE revision = :revision;

-- name: keep
-- Keeps the digest that was read from a post, promised from the first subscription on or not at all.
INSERT INTO digest (post_id, source, name, revision, series, language, title, slug, published_at, first_seen,
    promise_cursor)
SELECT p.id, p.source, :name, :revision, :series, :language, :title, :slug, coalesce(:published_at, :first_seen),
    :first_seen, :promise_cursor
FROM post p WHERE p.id = :post_id
ON CONFLICT (post_id) DO UPDATE
SET name = excluded.name, revision = excluded.revision, series = excluded.series, language = excluded.language,
    title = excluded.title, slug = excluded.slug, published_at = excluded.published_at,
    first_seen = excluded.first_seen, withdrawn = 0,
    promise_cursor = excluded.promise_cursor, correct_cursor = NULL
RETURNING id;

-- name: revise
-- Gives a digest what a newer text of its post says.
UPDATE digest
SET name = :name, revision = :revision, series = :series, language = :language, title = :title, slug = :slug,
    published_at = coalesce(:published_at, published_at)
WHERE post_id = :post_id
RETURNING id;

-- name: of_post
-- The digest of a post.
SELECT id, revision, withdrawn FROM digest WHERE post_id = :post_id;

-- name: correct
-- Has a digest's newest state brought to those who have an older one.
UPDATE digest SET correct_cursor = 0 WHERE id = :id;

-- name: promise
-- Has a digest promised from the first subscription on; it is new as of `now`.
UPDATE digest SET promise_cursor = 0, first_seen = :now WHERE id = :id;

-- name: promise_again
-- Goes on with a promise that was interrupted; nobody is promised a digest twice.
UPDATE digest SET promise_cursor = 0 WHERE id = :id;

-- name: withdraw
-- Takes a digest back: from those who have it, and from those who would have been promised it.
UPDATE digest SET withdrawn = 1, promise_cursor = NULL, correct_cursor = 0 WHERE post_id = :post_id AND withdrawn = 0
RETURNING id;

-- name: restore
-- Ends the withdrawal of a digest.
UPDATE digest SET withdrawn = 0 WHERE id = :id;

-- name: forget_stories
-- Forgets the stories of a digest before its newer ones are kept.
DELETE FROM story WHERE digest_id = :digest_id;

-- name: keep_story
-- Keeps one story of a digest.
INSERT INTO story (digest_id, position, key, title, url) VALUES (:digest_id, :position, :key, :title, :url);

-- name: place
-- Where the post of a digest lies.
SELECT p.source, p.path FROM digest d JOIN post p ON p.id = d.post_id WHERE d.id = :id;

-- name: told_in
-- The other digests of a work, with the paths of their posts.
SELECT d.id, d.language, p.path
FROM digest d JOIN post p ON p.id = d.post_id
WHERE d.work = :work AND d.id <> :id
ORDER BY d.id;

-- name: keys
-- The keys of a digest's stories.
SELECT DISTINCT key FROM story WHERE digest_id = :digest_id AND key IS NOT NULL;

-- name: tell
-- Says which work a digest tells, and whether as a translation.
UPDATE digest SET work = :work, translated = :translated WHERE id = :id;

-- name: tellings
-- The digests of a work that readers may have, in the order in which they came.
SELECT d.id, d.post_id, p.source, p.path, p.state, d.revision, d.series, d.language, d.title, d.published_at,
    d.first_seen, d.withdrawn, d.work, d.translated
FROM digest d JOIN post p ON p.id = d.post_id
WHERE d.work = :work AND d.withdrawn = 0 AND p.state IN ('indexed', 'published')
ORDER BY d.id;

-- name: add_pushed
-- Keeps the post of a push, unless it was pushed before.
INSERT INTO post (source, path, revision, settled, size, modified_ns, state, first_seen, changed_at, title)
VALUES (:source, :path, :revision, 1, :size, 0, 'published', :now, :now, :title)
ON CONFLICT (source, path) WHERE state <> 'gone' DO NOTHING
RETURNING id;

-- name: pushed
-- The digest that was pushed under a path.
SELECT d.id FROM digest d JOIN post p ON p.id = d.post_id
WHERE p.source = :source AND p.path = :path AND p.state <> 'gone';

-- name: by_id
-- One digest, whatever became of its post.
SELECT d.id, d.post_id, p.source, p.path, p.state, d.revision, d.series, d.language, d.title, d.published_at,
    d.first_seen, d.withdrawn, d.work, d.translated
FROM digest d JOIN post p ON p.id = d.post_id
WHERE d.id = :id;

-- name: named
-- The digests of a short name, or those without one, with the places of their posts.
SELECT d.id, p.source, p.path FROM digest d JOIN post p ON p.id = d.post_id WHERE d.name = :name ORDER BY d.id DESC;

-- name: by_path
-- The digest of a post that is there.
SELECT d.id, d.post_id, p.source, p.path, p.state, d.revision, d.series, d.language, d.title, d.published_at,
    d.first_seen, d.withdrawn, d.work, d.translated
FROM digest d JOIN post p ON p.id = d.post_id
WHERE p.source = :source AND p.path = :path AND p.state <> 'gone';

-- name: series
-- The names of all series that have digests, one step of the index for each.
WITH RECURSIVE named (series) AS (
    SELECT min(series) FROM digest
    UNION ALL
    SELECT (SELECT min(g.series) FROM digest g WHERE g.series > named.series) FROM named WHERE named.series IS NOT NULL
)
SELECT series FROM named WHERE series IS NOT NULL ORDER BY series;

-- name: latest
-- The newest digest of a series that readers may have.
SELECT d.id, d.post_id, p.source, p.path, p.state, d.revision, d.series, d.language, d.title, d.published_at,
    d.first_seen, d.withdrawn, d.work, d.translated
FROM digest d JOIN post p ON p.id = d.post_id
WHERE d.series = :series AND d.withdrawn = 0 AND p.state IN ('indexed', 'published')
ORDER BY d.published_at DESC, d.id DESC
LIMIT 1;

-- name: between
-- The digests of a stretch of time that readers may have, in order.
SELECT d.id, d.post_id, p.source, p.path, p.state, d.revision, d.series, d.language, d.title, d.published_at,
    d.first_seen, d.withdrawn, d.work, d.translated
FROM digest d JOIN post p ON p.id = d.post_id
WHERE d.published_at >= :start AND d.published_at < :end AND d.withdrawn = 0 AND p.state IN ('indexed', 'published')
ORDER BY d.published_at, d.id;
