-- What is remembered of the public names on a channel is read and written all
-- at once, so it is one text: names with ';' between them, each
--   name failed answered outcome kind judged removed removed_for dismissed form
-- with ' ' between.  '-' is what is not known, `dismissed` is 'd' where it is;
-- name, outcome, kind, removed_for and form are numbers of `names`.
ALTER TABLE channels ADD COLUMN names TEXT NOT NULL DEFAULT '';
UPDATE channels SET names = COALESCE((
  SELECT GROUP_CONCAT(
    name || ' ' || failed || ' ' || answered || ' ' || COALESCE(outcome, '-')
    || ' ' || COALESCE(kind, '-') || ' ' || judged || ' '
    || COALESCE(removed, '-') || ' ' || COALESCE(removed_for, '-') || ' '
    || IIF(dismissed, 'd', '-') || ' ' || COALESCE(form, '-'), ';')
  FROM channel_names AS known
  WHERE known.gateway = channels.gateway AND known.channel = channels.channel
), '');
DROP TABLE channel_names;
