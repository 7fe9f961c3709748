-- one-api on SQLite: the tables of this gateway in our own words, with a
-- channel of every sort.  Keys and addresses are made up.

CREATE TABLE channels (
  `id` integer,
  `type` integer DEFAULT 0,
  `key` text,
  `status` integer DEFAULT 1,
  `name` text,
  `weight` integer DEFAULT 0,
  `created_time` integer,
  `test_time` integer,
  `response_time` integer,
  `base_url` text DEFAULT "",
  `other` text,
  `balance` real,
  `balance_updated_time` integer,
  `models` text,
  `group` varchar(32) DEFAULT "default",
  `used_quota` integer DEFAULT 0,
  `model_mapping` varchar(1024) DEFAULT "",
  `priority` integer DEFAULT 0,
  `config` text,
  `system_prompt` text,
  PRIMARY KEY (`id`)
);
CREATE INDEX channels_by_name ON channels (`name`);

INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (1, 1, 'sk-made-up-key-0001', 1, 'plain', 5, 1760000001, 0, 0, 'http://127.0.0.1:9/plain', 1.25, 0, 'gpt-4o,gpt-4o-mini', 'default', 1234, 10);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (2, 14, 'sk-made-up-key-0002', 1, 'two groups', 0, 1760000002, 0, 0, 'http://127.0.0.1:9/two', 0.0, 0, 'claude-sonnet,claude-haiku', 'default,vip', 0, 0);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (3, 1, 'sk-made-up-key-0003', 2, 'off by hand', 0, 1760000003, 0, 0, 'http://127.0.0.1:9/hand', 0.0, 0, 'gpt-4o,gpt-4.1', 'default', 0, 0);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (4, 1, 'sk-made-up-key-0004', 3, 'off by itself', 0, 1760000004, 0, 0, 'http://127.0.0.1:9/itself', 0.0, 0, 'gpt-4o,deepseek-chat', 'default', 0, 0);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (5, 1, 'sk-made-up-key-0005', 1, 'alone in its group', 0, 1760000005, 0, 0, 'http://127.0.0.1:9/alone', 0.0, 0, 'only-model', 'solo', 0, 0);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (6, 1, 'sk-made-up-key-0006', 1, '不整齐', 0, 1760000006, 0, 0, 'http://127.0.0.1:9/untidy', 0.0, 0, 'a-model, b-model ,a-model,,A-MODEL', 'default', 0, -10);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `model_mapping`, `priority`, `config`, `system_prompt`)
VALUES (7, 1, 'sk-made-up-key-0007', 1, 'mapped', 0, 1760000007, 0, 0, 'http://127.0.0.1:9/mapped', 0.0, 0, 'alias,plain-model', 'default', 0, '{"alias":"real-model"}', 0, '{"region":"eu"}', 'Be brief.');
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (8, 1, 'sk-made-up-key-0008', 1, 'no address', 0, 1760000008, 0, 0, '', 0.0, 0, 'gpt-4.1', 'default', 0, 0);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `model_mapping`, `priority`)
VALUES (9, 1, 'sk-made-up-key-0009', 1, 'broken mapping', 0, 1760000009, 0, 0, 'http://127.0.0.1:9/broken', 0.0, 0, 'gpt-4.1', 'default', 0, '{"a":', 0);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `other`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (10, 3, 'sk-made-up-key-0010', 1, 'azure', 5, 1760000010, 0, 0, 'http://127.0.0.1:9/plain', '2024-10-21', 1.25, 0, 'gpt-4o', 'default', 1234, 10);

CREATE TABLE abilities (
  `group` varchar(32),
  `model` text,
  `channel_id` integer,
  `enabled` numeric,
  `priority` integer DEFAULT 0,
  PRIMARY KEY (`group`, `model`, `channel_id`)
);
CREATE INDEX abilities_by_channel ON abilities (`channel_id`);

INSERT INTO abilities VALUES
  ('default', 'gpt-4o', 1, 1, 10),
  ('default', 'gpt-4o-mini', 1, 1, 10);
INSERT INTO abilities VALUES
  ('default', 'claude-sonnet', 2, 1, 0),
  ('vip', 'claude-sonnet', 2, 1, 0),
  ('default', 'claude-haiku', 2, 1, 0),
  ('vip', 'claude-haiku', 2, 1, 0);
INSERT INTO abilities VALUES
  ('default', 'gpt-4o', 3, 0, 0),
  ('default', 'gpt-4.1', 3, 0, 0);
INSERT INTO abilities VALUES
  ('default', 'gpt-4o', 4, 0, 0),
  ('default', 'deepseek-chat', 4, 0, 0);
INSERT INTO abilities VALUES
  ('solo', 'only-model', 5, 1, 0);
INSERT INTO abilities VALUES
  ('default', 'a-model', 6, 1, -10),
  ('default', ' b-model ', 6, 1, -10),
  ('default', '', 6, 1, -10),
  ('default', 'A-MODEL', 6, 1, -10);
INSERT INTO abilities VALUES
  ('default', 'alias', 7, 1, 0),
  ('default', 'plain-model', 7, 1, 0);
INSERT INTO abilities VALUES
  ('default', 'gpt-4.1', 8, 1, 0);
INSERT INTO abilities VALUES
  ('default', 'gpt-4.1', 9, 1, 0);
INSERT INTO abilities VALUES
  ('default', 'gpt-4o', 10, 1, 10);

CREATE TABLE options (`key` text, `value` text, PRIMARY KEY (`key`));
INSERT INTO options VALUES ('AutomaticDisableChannelEnabled', 'false');
