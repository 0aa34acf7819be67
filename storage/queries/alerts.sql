-- name: open
-- Opens an alert, again or for another reason; changes nothing where it is open for the same one.
INSERT INTO alert (name, code, details, raised_at)
VALUES (:name, :code, :details, :now)
ON CONFLICT (name) DO UPDATE
SET code = excluded.code, details = excluded.details, raised_at = excluded.raised_at, settled_at = NULL
WHERE alert.settled_at IS NOT NULL OR alert.code <> excluded.code;

-- name: reword
-- Gives an open alert its newest details.
UPDATE alert SET details = :details WHERE name = :name AND settled_at IS NULL AND details <> :details;

-- name: turn
-- Gives an open alert another reason, which is no news.
UPDATE alert SET code = :code, details = :details
WHERE name = :name AND settled_at IS NULL AND (code <> :code OR details <> :details);

-- name: settle
-- Ends an open alert.
UPDATE alert SET settled_at = :now WHERE name = :name AND settled_at IS NULL;

-- name: settle_topics
-- Ends what is told of the topics of a chat: `thread:`, its lane, the chat, and the topic.
UPDATE alert SET settled_at = :now
WHERE settled_at IS NULL AND EXISTS (
    SELECT 1 FROM lane l
    WHERE l.id = :lane AND substr(alert.name, 1, length(l.name || :chat) + 9) = 'thread:' || l.name || ':' || :chat || ':'
);

-- name: forget_topics
-- Erases what was told of the topics of a chat.
DELETE FROM alert
WHERE EXISTS (
    SELECT 1 FROM lane l
    WHERE l.id = :lane AND substr(alert.name, 1, length(l.name || :chat) + 9) = 'thread:' || l.name || ':' || :chat || ':'
);

-- name: still_open
-- What is wrong now, the newest first.
SELECT name, code, details, raised_at FROM alert WHERE settled_at IS NULL ORDER BY raised_at DESC, name;
