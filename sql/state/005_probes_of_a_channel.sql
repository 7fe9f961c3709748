-- The probes of a channel in a round are written and read all at once, so they
-- are one text: probes with ';' between them, each
--   name kind outcome http_status attempts headers_ms first_token_ms total_ms
--   rate
-- with ' ' between.  '-' is what is not known; name, kind and outcome are
-- numbers of `names`, rate is thousandths of a token a second.  `rounds.probes`
-- still counts single probes.
ALTER TABLE probes RENAME TO single_probes;
CREATE TABLE probes (
  round INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  probes TEXT NOT NULL,
  PRIMARY KEY (round, channel)
) STRICT;
INSERT INTO probes (round, channel, probes)
  SELECT round, channel, GROUP_CONCAT(
    name || ' ' || kind || ' ' || outcome || ' ' || http_status || ' '
    || attempts || ' ' || COALESCE(headers_ms, '-') || ' '
    || COALESCE(first_token_ms, '-') || ' ' || COALESCE(total_ms, '-') || ' '
    || COALESCE(CAST(ROUND(1000 * tokens_per_second) AS INTEGER), '-'), ';')
  FROM single_probes GROUP BY round, channel;
DROP TABLE single_probes;

-- A row with a long text takes a page of its own, and more, where it is part of
-- an index, as in a table WITHOUT ROWID.
ALTER TABLE channels RENAME TO old_channels;
CREATE TABLE channels (
  gateway INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  created_time INTEGER NOT NULL,
  type INTEGER NOT NULL,
  address_mark TEXT NOT NULL,
  key_mark TEXT NOT NULL,
  mapping_mark TEXT NOT NULL,
  failed INTEGER NOT NULL,
  disabled_by_us INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  listed TEXT NOT NULL,
  proven TEXT NOT NULL,
  names TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (gateway, channel)
) STRICT;
INSERT INTO channels SELECT * FROM old_channels;
DROP TABLE old_channels;
