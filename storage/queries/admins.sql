-- name: add
-- Makes a person an admin; changes nothing where they are one.
INSERT INTO admin (platform, person, since) VALUES (:platform, :person, :now)
ON CONFLICT (platform, person) DO NOTHING;

-- name: remove
-- Makes a person no admin any more.
DELETE FROM admin WHERE platform = :platform AND person = :person;

-- name: all
-- Who was made an admin, in order.
SELECT platform, person, since FROM admin ORDER BY since, platform, person;

-- name: forget_links
-- Forgets the links that were made before a moment.
DELETE FROM admin_link WHERE made_at < :before;

-- name: void_links
-- Forgets the links that nobody has opened, and that which a person did.
DELETE FROM admin_link WHERE used_by IS NULL OR used_by = :by;

-- name: keep_link
-- Keeps a link until somebody opens it.
INSERT INTO admin_link (name, platform, made_at) VALUES (:name, :platform, :now);

-- name: use_link
-- Uses a link up, if nobody else has and it is young enough; whoever did may come back to it.
UPDATE admin_link SET used_by = :by
WHERE name = :name AND platform IN ('', :platform) AND made_at >= :since AND (used_by IS NULL OR used_by = :by);
