-- name: own
-- Makes the caller the owner of a lane; what an owner before paused because of its account is tried afresh.
UPDATE lane
SET epoch = epoch + 1,
    paused_until = CASE WHEN pause_reason IN ('account-dead', 'chats-lost') THEN NULL ELSE paused_until END,
    pause_reason = CASE WHEN pause_reason IN ('account-dead', 'chats-lost') THEN NULL ELSE pause_reason END
WHERE id = :lane
RETURNING epoch, paused_until, pause_reason;

-- name: doubted_deliveries
-- Marks that something was intended for the deliveries whose message is on its way in a lane.
UPDATE delivery
SET step = step + 1
WHERE lane_id = :lane AND id IN (SELECT p.delivery_id FROM part p WHERE p.state IN ('sending', 'unknown') AND p.state = 'sending');

-- name: doubt_sending
-- What was on its way in a lane is unknown.
UPDATE part
SET state = 'unknown', reason = :reason, ended_at = :now
WHERE state IN ('sending', 'unknown') AND state = 'sending'
  AND (SELECT d.lane_id FROM delivery d WHERE d.id = part.delivery_id) = :lane
RETURNING id;

-- name: lane_now
-- How a lane stands.
SELECT epoch, paused_until, pause_reason FROM lane WHERE id = :lane;

-- name: pause
-- Lets a lane rest until a moment; a longer rest stays.
UPDATE lane
SET pause_reason = CASE WHEN coalesce(paused_until, 0) > :until THEN pause_reason ELSE :reason END,
    paused_until = CASE WHEN coalesce(paused_until, 0) > :until THEN paused_until ELSE :until END
WHERE id = :lane;

-- name: next_queued
-- The next digest, by id, of which a lane has something open in an urgency.
SELECT g.id, g.revision, g.series, g.withdrawn, g.skipped, g.first_seen
FROM digest g
WHERE g.id = (
    SELECT d.digest_id FROM delivery d
    WHERE d.lane_id = :lane AND d.urgency = :urgency AND d.state = 'open' AND d.digest_id > :after
    ORDER BY d.digest_id LIMIT 1
);

-- name: due
-- What is due of one digest in a lane and urgency, from a place in the queue on.
SELECT d.id, d.digest_id, d.subscription_id, d.urgency, d.due, d.step, d.attempts, d.promised_at,
       s.chat, s.thread, s.layout, s.language, s.mention, s.calls, s.version, s.refusals, s.chat_name
FROM delivery d
JOIN subscription s ON s.id = d.subscription_id
WHERE d.lane_id = :lane AND d.urgency = :urgency AND d.digest_id = :digest AND d.state = 'open'
  AND d.due <= :now AND (d.due, d.id) > (:after_due, :after_id) AND s.state = 'active'
ORDER BY d.due, d.id
LIMIT :limit;

-- name: next_due
-- When the next delivery of one digest in a lane and urgency that is not due yet will be.
SELECT d.due
FROM delivery d
WHERE d.lane_id = :lane AND d.urgency = :urgency AND d.digest_id = :digest AND d.state = 'open' AND d.due > :now
ORDER BY d.due
LIMIT 1;

-- name: due_for
-- What is due next for one subscription and may leave.
SELECT d.id, d.digest_id, d.subscription_id, d.urgency, d.due, d.step, d.attempts, d.promised_at,
       s.chat, s.thread, s.layout, s.language, s.mention, s.calls, s.version, s.refusals, s.chat_name,
       g.revision, g.series, g.withdrawn, g.first_seen
FROM delivery d
JOIN subscription s ON s.id = d.subscription_id
JOIN digest g ON g.id = d.digest_id
JOIN lane l ON l.id = d.lane_id
WHERE d.subscription_id = :subscription AND d.state = 'open' AND d.due <= :now AND s.state = 'active'
  AND g.skipped IS NULL
  AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.scope IN ('all', l.platform, 'digest:' || g.id))
ORDER BY d.urgency, d.digest_id, d.due, d.id
LIMIT 1;

-- name: keep_rendition
-- Keeps a rendition's messages under their name.
INSERT INTO rendition (name, platform, messages) VALUES (:name, :platform, :messages) ON CONFLICT (name) DO NOTHING;

-- name: rendition_id
-- Where a rendition is kept.
SELECT id FROM rendition WHERE name = :name;

-- name: intend
-- The intent: a part, unless anything has changed since its delivery was read, or is paused or held.
-- (The numbers of a chat that was forgotten are given again: where it was to go says whose they are.)
INSERT INTO part (delivery_id, step, number, attempt, action, rendition_id, epoch, chat, intended_at)
SELECT d.id, d.step, :number, d.attempts + 1, :action, :rendition, l.epoch, s.chat, :now
FROM delivery d
JOIN lane l ON l.id = d.lane_id
JOIN subscription s ON s.id = d.subscription_id
JOIN digest g ON g.id = d.digest_id
WHERE d.id = :delivery AND d.state = 'open' AND d.step = :step AND d.due <= :now
  AND l.epoch = :epoch AND coalesce(l.paused_until, 0) <= :now
  AND s.state = 'active' AND s.version = :version AND s.chat = :chat AND s.thread = :thread
  AND g.revision = :revision AND g.withdrawn = :withdrawn AND g.skipped IS NULL
  -- Few holds, mostly none: looking at all of them is cheaper than looking up three.
  AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.scope || '' IN ('all', l.platform, 'digest:' || g.id));

-- name: intended
-- The part that was intended for a delivery at a step, for this chat.
SELECT id FROM part WHERE delivery_id = :delivery AND step = :step AND chat = :chat;

-- name: settle_part
-- What became of a part.
UPDATE part
SET state = :state, reason = :reason, message = :message, thread = :thread, ended_at = :now
WHERE delivery_id = :delivery AND step = :step AND chat = :chat;

-- name: settle_replayed
-- The tries in doubt of a message that its platform knew again when it came once more, are that message.
UPDATE part
SET state = 'sent', reason = 'replayed', message = :message, thread = :thread, ended_at = :now
WHERE delivery_id = :delivery AND step < :step AND chat = :chat AND action = 'send' AND state = 'unknown'
  AND number = (SELECT last.number FROM part last WHERE last.delivery_id = :delivery AND last.step = :step);

-- name: doubt_part
-- A part on its way of which nobody will hear any more is unknown.
UPDATE part
SET state = 'unknown', reason = :reason, ended_at = :now
WHERE delivery_id = :delivery AND step = :step AND chat = :chat AND state = 'sending';

-- name: take_out
-- Takes out a part that certainly did not leave and will be tried again.
DELETE FROM part WHERE delivery_id = :delivery AND step = :step AND chat = :chat;

-- name: go_on
-- A delivery goes on to its next message; one that was skipped meanwhile keeps its reason.
UPDATE delivery
SET step = step + 1, attempts = 0, reason = CASE WHEN state = 'open' THEN NULL ELSE reason END
WHERE id = :delivery;

-- name: end_delivery
-- Ends a delivery, unless its digest has changed since its messages were composed, or a doubt was settled meanwhile.
UPDATE delivery
SET step = step + 1, attempts = 0, state = :state, reason = :reason, ended_at = :now
WHERE id = :delivery AND (step = :step OR state <> 'open')
  AND EXISTS (
    SELECT 1 FROM digest g
    WHERE g.id = delivery.digest_id AND g.revision = :revision AND g.withdrawn = :withdrawn
  );

-- name: close_delivery
-- Ends a delivery that has nothing more to send, unless anything has changed since it was read.
UPDATE delivery
SET step = step + 1, attempts = 0, state = :state, reason = :reason, ended_at = :now
WHERE id = :delivery AND step = :step AND state = 'open'
  AND EXISTS (SELECT 1 FROM subscription s WHERE s.id = delivery.subscription_id AND s.chat = :chat)
  AND EXISTS (
    SELECT 1 FROM digest g
    WHERE g.id = delivery.digest_id AND g.revision = :revision AND g.withdrawn = :withdrawn
  );

-- name: try_again
-- Counts a try of a delivery, and says why there will be another.
UPDATE delivery
SET step = step + 1, attempts = attempts + :tried, reason = CASE WHEN state = 'open' THEN :reason ELSE reason END
WHERE id = :delivery;

-- name: chat_waits
-- Lets a chat rest until a moment; a longer rest stays.
UPDATE subscription SET wait_until = :until WHERE id = :subscription AND wait_until < :until;

-- name: dues_wait
-- Everything that is open for the chat waits with it, so that it keeps its order.
UPDATE delivery SET due = :until WHERE subscription_id = :subscription AND state = 'open' AND due < :until;

-- name: parts_had
-- What was tried of a delivery, in order, with the messages that were meant.
SELECT p.id, p.number, p.action, p.state, p.reason, p.chat, p.message, p.thread, p.intended_at, p.rendition_id
FROM part p
WHERE p.delivery_id = :delivery
ORDER BY p.id;

-- name: messages
-- The messages of a rendition.
SELECT messages FROM rendition WHERE id = :rendition;

-- name: before
-- The digests just before one, of its source and of all, the newest first, never a translation of it; each with the
-- keys that both have, a row a key, or a row without one.
SELECT DISTINCT g.id, g.published_at, g.work, g.source = this.source AS same_source, other.key
FROM digest this
JOIN digest g ON g.id IN (
    SELECT id FROM (
        SELECT own.id
        FROM digest mine JOIN digest own ON own.source = mine.source
        WHERE mine.id = :digest AND own.published_at <= mine.published_at AND own.work <> mine.work
          AND (own.published_at, own.id) < (mine.published_at, mine.id)
        ORDER BY own.published_at DESC, own.id DESC LIMIT :last_of_source
    ) AS of_source
    UNION
    SELECT id FROM (
        SELECT any_one.id
        FROM digest mine JOIN digest any_one ON any_one.published_at <= mine.published_at
        WHERE mine.id = :digest AND any_one.work <> mine.work
          AND (any_one.published_at, any_one.id) < (mine.published_at, mine.id)
        ORDER BY any_one.published_at DESC, any_one.id DESC LIMIT :last_of_all
    ) AS of_all
)
LEFT JOIN story other
    -- (Few stories a digest: reading them is cheaper than looking each key up.)
    ON other.digest_id = g.id AND coalesce(other.key, '') IN (SELECT key FROM story WHERE digest_id = :digest AND key IS NOT NULL)
WHERE this.id = :digest
ORDER BY g.published_at DESC, g.id DESC;

-- name: brought
-- Whether a subscription was brought a digest, as far as anyone knows, before a message; what was withdrawn is gone.
SELECT d.id
FROM delivery d
JOIN digest g ON g.id = d.digest_id
WHERE d.digest_id = :digest AND d.subscription_id = :subscription AND g.withdrawn = 0
  AND EXISTS (
    SELECT 1 FROM part p
    WHERE p.delivery_id = d.id AND p.action = 'send' AND p.state IN ('sent', 'unknown') AND p.id < :before
  );

-- name: first_part
-- The first message that was meant for a delivery and may have arrived.
SELECT min(id) AS id FROM part WHERE delivery_id = :delivery AND action = 'send' AND state <> 'failed';

-- name: text_of
-- The text of one revision of a digest's post, and where the post lies.
SELECT t.data, p.source, p.path
FROM digest g
JOIN post p ON p.id = g.post_id
JOIN text t ON t.revision = :revision
WHERE g.id = :digest;
