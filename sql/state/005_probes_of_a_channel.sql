-- The probes of a channel in a round are written and read all at once, so they
-- are one text: probes with ';' between them, each
--   name kind outcome http_status attempts headers_ms first_token_ms total_ms
--   rate
-- with ' ' between.  '-' is what is not known; name, kind and outcome are
-- numbers of `names`, rate is thousandths of a token a second.
ALTER TABLE probes RENAME TO single_probes;
CREATE TABLE probes (
  round INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  probes TEXT NOT NULL,
  PRIMARY KEY (round, channel)
) STRICT, WITHOUT ROWID;
INSERT INTO probes (round, channel, probes)
  SELECT round, channel, GROUP_CONCAT(
    name || ' ' || kind || ' ' || outcome || ' ' || http_status || ' '
    || attempts || ' ' || COALESCE(headers_ms, '-') || ' '
    || COALESCE(first_token_ms, '-') || ' ' || COALESCE(total_ms, '-') || ' '
    || COALESCE(CAST(ROUND(1000 * tokens_per_second) AS INTEGER), '-'), ';')
  FROM single_probes GROUP BY round, channel;
DROP TABLE single_probes;
