-- What accounts on platforms need: who are admins, what buttons say and ask for, and whom to tell of what.
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

-- Who subscribed a chat last: a person's id on its platform; empty where nobody knows.
-- `untold`: they are still to be told that the account may not write there any more.
ALTER TABLE subscription ADD COLUMN by TEXT NOT NULL DEFAULT '';
ALTER TABLE subscription ADD COLUMN untold INTEGER NOT NULL DEFAULT 0 CHECK (untold IN (0, 1));
CREATE INDEX subscription_untold ON subscription (lane_id) WHERE untold = 1;
