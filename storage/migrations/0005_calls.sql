-- What servers with roles and with followed channels need: whom a message calls, and what is still to be published.
-- `mention`: the id of the role whose members are called; empty for nobody. `calls`: with what, breaking items or all.
ALTER TABLE subscription ADD COLUMN mention TEXT NOT NULL DEFAULT '';
ALTER TABLE subscription ADD COLUMN calls TEXT NOT NULL DEFAULT 'breaking' CHECK (calls IN ('breaking', 'every'));

-- Where threads have rights of their own, a thread is asked for without the chat that it is in.
CREATE INDEX subscription_thread ON subscription (lane_id, thread) WHERE thread <> '';

-- A message that is still to be published to those who follow its channel; they are published in this order.
CREATE TABLE crosspost (
    id       INTEGER PRIMARY KEY,
    lane_id  INTEGER NOT NULL REFERENCES lane (id),
    chat     TEXT NOT NULL,
    message  TEXT NOT NULL,
    noted_at INTEGER NOT NULL,
    UNIQUE (lane_id, chat, message)
) STRICT;
