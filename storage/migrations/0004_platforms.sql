-- What accounts on platforms need: who are admins, what buttons say, and by which names they ask for digests.
-- A person whom a link made an admin; `person` is the numeric id on its platform.
CREATE TABLE admin (
    platform TEXT NOT NULL,
    person   TEXT NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (platform, person)
) STRICT, WITHOUT ROWID;

-- A link that makes whoever opens it first an admin. `name` is made of its token, which is not kept.
-- `platform`: the one that it is for; empty for any. `used_by`: the platform and person who opened it.
CREATE TABLE admin_link (
    name     TEXT PRIMARY KEY,
    platform TEXT NOT NULL,
    made_at  INTEGER NOT NULL,
    used_by  TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX admin_link_made ON admin_link (made_at);

-- What a button says for which its platform has no room, under a name that is made of the words.
CREATE TABLE button (
    name    TEXT PRIMARY KEY,
    says    TEXT NOT NULL,
    kept_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX button_kept ON button (kept_at);

-- The short name of a digest, by which buttons ask for its stories; made of where its post lies, so an edit keeps it.
-- (Of what was kept before it is empty, and found by the place.)
ALTER TABLE digest ADD COLUMN name TEXT NOT NULL DEFAULT '';
CREATE INDEX digest_name ON digest (name);
