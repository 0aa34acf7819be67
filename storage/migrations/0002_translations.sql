-- Posts of one source that tell the same in several languages are one work, of which a chat is brought one telling.
-- `work` is the source and the post's path less its language; a post that only happens to be called like another has a
-- name of its own. (Of what was kept before, the path as it is: a later edit of the post finds its translations.)
-- `translated`: whether the path names a language; the telling that does not is the publisher's own.
-- `source` is its post's, so that the digests of a source are found in their order.
ALTER TABLE digest ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE digest ADD COLUMN work TEXT NOT NULL DEFAULT '';
ALTER TABLE digest ADD COLUMN translated INTEGER NOT NULL DEFAULT 0 CHECK (translated IN (0, 1));
UPDATE digest
SET source = (SELECT p.source FROM post p WHERE p.id = digest.post_id),
    work = (
        SELECT p.source || '/' || CASE WHEN p.path LIKE '%.md' THEN substr(p.path, 1, length(p.path) - 3) ELSE p.path END
        FROM post p WHERE p.id = digest.post_id
    );
CREATE INDEX digest_work ON digest (work);
CREATE INDEX digest_source ON digest (source, published_at);
