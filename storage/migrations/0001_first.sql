-- Times are integer milliseconds since 1970 UTC. JSON is text.

-- A folder that is looked at. `looked_at` is null until the first look, which indexes and sends nothing.
-- `believe`: an admin said that the posts which vanished are really deleted; the next look believes it.
CREATE TABLE source (
    name          TEXT PRIMARY KEY,
    looked_at     INTEGER,
    failing_since INTEGER,
    error         TEXT,
    believe       INTEGER NOT NULL DEFAULT 0 CHECK (believe IN (0, 1))
) STRICT;

-- A post is its path within its source; `size` and `modified_ns` tell an unchanged file without reading it.
-- `revision` is the text as last seen; once it has `settled`, it was acted upon.
-- `was` is the state before this one. `missing_since`: the file is not there; after the settle time it is gone.
CREATE TABLE post (
    id            INTEGER PRIMARY KEY,
    source        TEXT NOT NULL REFERENCES source (name),
    path          TEXT NOT NULL,
    revision      TEXT NOT NULL,
    settled       INTEGER NOT NULL DEFAULT 0 CHECK (settled IN (0, 1)),
    size          INTEGER NOT NULL,
    modified_ns   INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN
        ('settling', 'indexed', 'published', 'draft', 'backlog', 'copy', 'bad', 'gone')),
    was           TEXT,
    first_seen    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    missing_since INTEGER,
    unreadable    INTEGER NOT NULL DEFAULT 0 CHECK (unreadable IN (0, 1)),
    copy_of       TEXT,
    title         TEXT NOT NULL DEFAULT '',
    problems      TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE UNIQUE INDEX post_path ON post (source, path) WHERE state <> 'gone';

-- The text of every revision that a digest was made of, under its name.
CREATE TABLE text (
    revision TEXT PRIMARY KEY,
    data     BLOB NOT NULL
) STRICT;

-- A post that was read. Its text is read again from `text` when it is composed.
-- `slug` is the id or slug of its front matter: copied too often to be an identity, but it tells a moved post.
-- `promise_cursor`: the subscription up to which it is promised; null when there is nothing left to promise.
-- `correct_cursor`: the same for bringing a new revision to those who have an older one.
-- `promised`: how many deliveries were promised, so that nobody needs to count those that are sent.
-- `skipped`: why nothing more of it leaves, though it was not withdrawn (its file vanished).
CREATE TABLE digest (
    id             INTEGER PRIMARY KEY,
    post_id        INTEGER NOT NULL UNIQUE REFERENCES post (id),
    revision       TEXT NOT NULL REFERENCES text (revision),
    series         TEXT NOT NULL,
    language       TEXT NOT NULL,
    title          TEXT NOT NULL,
    slug           TEXT NOT NULL DEFAULT '',
    published_at   INTEGER NOT NULL,
    first_seen     INTEGER NOT NULL,
    withdrawn      INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1)),
    promise_cursor INTEGER,
    correct_cursor INTEGER,
    promised       INTEGER NOT NULL DEFAULT 0,
    skipped        TEXT
) STRICT;
CREATE INDEX digest_series ON digest (series, published_at);
CREATE INDEX digest_published ON digest (published_at);
CREATE INDEX digest_promising ON digest (id) WHERE promise_cursor IS NOT NULL OR correct_cursor IS NOT NULL;

-- The stories of each digest, by position, with the keys that tell repeats.
CREATE TABLE story (
    digest_id INTEGER NOT NULL REFERENCES digest (id),
    position  INTEGER NOT NULL,
    key       TEXT,
    title     TEXT NOT NULL,
    url       TEXT,
    PRIMARY KEY (digest_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX story_key ON story (key, digest_id) WHERE key IS NOT NULL;

-- Everything that one account sends. Whoever owns the lane raises `epoch`, which fences off the owner before.
CREATE TABLE lane (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    platform     TEXT NOT NULL,
    account      TEXT NOT NULL,
    epoch        INTEGER NOT NULL DEFAULT 0,
    paused_until INTEGER,
    pause_reason TEXT
) STRICT;

-- An address and its choices. `version` counts the changes of choices; `wait_until` is the chat's own pause.
CREATE TABLE subscription (
    id         INTEGER PRIMARY KEY,
    lane_id    INTEGER NOT NULL REFERENCES lane (id),
    chat       TEXT NOT NULL,
    thread     TEXT NOT NULL DEFAULT '',
    state      TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'ended')),
    reason     TEXT,
    layout     TEXT NOT NULL,
    language   TEXT NOT NULL,
    zone       TEXT NOT NULL,
    version    INTEGER NOT NULL DEFAULT 1,
    wait_until INTEGER NOT NULL DEFAULT 0,
    refusals   INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    UNIQUE (lane_id, chat, thread)
) STRICT;

-- The series that a subscription wants; '*' is every one. A series comes first: promising asks who wants it.
CREATE TABLE wanted (
    series          TEXT NOT NULL,
    subscription_id INTEGER NOT NULL REFERENCES subscription (id),
    PRIMARY KEY (series, subscription_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX wanted_subscription ON wanted (subscription_id);

-- The promise to bring one digest to one subscription. The open ones that are due are the queue.
-- (Lists of more than two values and foreign keys cost a part and its delivery half of their time: there are none here.)
-- `due` is not before what its chat must wait for, and 0 where nothing is: a clock that is set back delays nothing.
-- `step` counts what happened to it, so that whoever read it can tell that nothing did since; 0: nothing was intended.
-- `round` counts how often it was opened again to bring a correction; `attempts` the tries of the message it is at.
CREATE TABLE delivery (
    id              INTEGER PRIMARY KEY,
    digest_id       INTEGER NOT NULL REFERENCES digest (id),
    subscription_id INTEGER NOT NULL REFERENCES subscription (id),
    lane_id         INTEGER NOT NULL REFERENCES lane (id),
    urgency         INTEGER NOT NULL,
    due             INTEGER NOT NULL,
    promised_at     INTEGER NOT NULL,
    ended_at        INTEGER,
    state           TEXT NOT NULL DEFAULT 'open' CHECK
        (state = 'open' OR state = 'sent' OR state = 'unknown' OR state = 'failed' OR state = 'skipped'),
    reason          TEXT,
    step            INTEGER NOT NULL DEFAULT 0,
    attempts        INTEGER NOT NULL DEFAULT 0,
    round           INTEGER NOT NULL DEFAULT 0,
    UNIQUE (digest_id, subscription_id)
) STRICT;
-- By digest, so that one that is held is passed over as a whole, and the older digest leaves first.
CREATE INDEX delivery_queue ON delivery (lane_id, urgency, digest_id, due, id) WHERE state = 'open';
CREATE INDEX delivery_subscription ON delivery (subscription_id);
CREATE INDEX delivery_trouble ON delivery (state, digest_id, id) WHERE state NOT IN ('open', 'sent');

-- A digest in one dialect for one kind of reader: its messages (a JSON list) under the name of their content.
CREATE TABLE rendition (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    platform TEXT NOT NULL,
    messages TEXT NOT NULL
) STRICT;

-- One message of a delivery and what became of it; inserted by its intent, before the first byte leaves.
-- One that certainly did not leave and will be tried again is taken out: a row is in the chat, may be, or never will be.
-- `step` is its delivery's when it was intended: no two intents can follow from the same reading.
-- `chat`: where its message was meant for; its receipt means nothing in any other, should the chat move.
CREATE TABLE part (
    id           INTEGER PRIMARY KEY,
    delivery_id  INTEGER NOT NULL, -- of delivery
    step         INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    attempt      INTEGER NOT NULL,
    action       TEXT NOT NULL CHECK (action = 'send' OR action = 'edit' OR action = 'delete'),
    rendition_id INTEGER NOT NULL, -- of rendition
    epoch        INTEGER NOT NULL,
    state        TEXT NOT NULL DEFAULT 'sending' CHECK
        (state = 'sending' OR state = 'sent' OR state = 'failed' OR state = 'unknown'),
    reason       TEXT,
    chat         TEXT NOT NULL,
    message      TEXT,
    thread       TEXT,
    intended_at  INTEGER NOT NULL,
    ended_at     INTEGER,
    UNIQUE (delivery_id, step)
) STRICT;
CREATE INDEX part_doubt ON part (state, id) WHERE state IN ('sending', 'unknown');

-- What an admin keeps from leaving: 'all', a platform's name, or 'digest:ID'.
CREATE TABLE hold (
    scope TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    by    TEXT NOT NULL
) STRICT;

-- Updates whose effect is committed: a replay answers again and does nothing.
CREATE TABLE answered (
    lane_id INTEGER NOT NULL REFERENCES lane (id),
    update_name TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (lane_id, update_name)
) STRICT, WITHOUT ROWID;

-- What an operator should see until it is settled; one row for each thing that is wrong.
CREATE TABLE alert (
    name       TEXT PRIMARY KEY,
    code       TEXT NOT NULL,
    details    TEXT NOT NULL DEFAULT '{}',
    raised_at  INTEGER NOT NULL,
    settled_at INTEGER
) STRICT;

-- Single facts about the database, such as its generation.
CREATE TABLE fact (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- A push that was written and is not confirmed yet; taken out by its confirmation, in the transaction that publishes it.
-- `by` is who wrote it: a platform's name and a person's id there.
CREATE TABLE proposed_push (
    name        TEXT PRIMARY KEY,
    by          TEXT NOT NULL,
    text        TEXT NOT NULL,
    proposed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
