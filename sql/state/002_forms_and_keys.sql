-- How a model was asked when it last answered, where not in the usual way: a
-- number of `names`.
ALTER TABLE channel_names ADD COLUMN form INTEGER;

-- What was last seen of each key of a channel that has several.
CREATE TABLE channel_keys (
  gateway INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  key_index INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  judged INTEGER NOT NULL,
  PRIMARY KEY (gateway, channel, key_index)
) STRICT, WITHOUT ROWID;
