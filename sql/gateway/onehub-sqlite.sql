-- one-hub on SQLite: the tables of this gateway in our own words, with a
-- channel of every sort.  Keys and addresses are made up.

CREATE TABLE channels (
  `id` integer PRIMARY KEY AUTOINCREMENT,
  `type` integer DEFAULT 0,
  `key` text,
  `status` integer DEFAULT 1,
  `name` text,
  `weight` integer DEFAULT 1,
  `created_time` integer,
  `test_time` integer,
  `response_time` integer,
  `base_url` text DEFAULT "",
  `other` text,
  `balance` real,
  `balance_updated_time` integer,
  `models` text,
  `group` varchar(32) DEFAULT "default",
  `tag` varchar(32) DEFAULT "",
  `used_quota` integer DEFAULT 0,
  `model_mapping` text,
  `model_headers` varchar(1024) DEFAULT "",
  `custom_parameter` varchar(1024) DEFAULT "",
  `priority` integer DEFAULT 0,
  `proxy` varchar(255) DEFAULT "",
  `test_model` varchar(50) DEFAULT "",
  `only_chat` numeric DEFAULT false,
  `pre_cost` integer DEFAULT 1,
  `compatible_response` numeric DEFAULT false,
  `allow_extra_body` numeric DEFAULT false,
  `disabled_stream` JSON,
  `plugin` JSON,
  `deleted_at` datetime
);
CREATE INDEX channels_by_name ON channels (`name`);

INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (1, 1, 'sk-made-up-key-0001', 1, 'plain', 5, 1760000001, 0, 0, 'http://127.0.0.1:9/plain', 1.25, 0, 'gpt-4o,gpt-4o-mini', 'default', 1234, 10);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (2, 14, 'sk-made-up-key-0002', 1, 'two groups', 1, 1760000002, 0, 0, 'http://127.0.0.1:9/two', 0.0, 0, 'claude-sonnet,claude-haiku', 'default,vip', 0, 0);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (3, 1, 'sk-made-up-key-0003', 2, 'off by hand', 1, 1760000003, 0, 0, 'http://127.0.0.1:9/hand', 0.0, 0, 'gpt-4o,gpt-4.1', 'default', 0, 0);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (4, 1, 'sk-made-up-key-0004', 3, 'off by itself', 1, 1760000004, 0, 0, 'http://127.0.0.1:9/itself', 0.0, 0, 'gpt-4o,deepseek-chat', 'default', 0, 0);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (5, 1, 'sk-made-up-key-0005', 1, 'alone in its group', 1, 1760000005, 0, 0, 'http://127.0.0.1:9/alone', 0.0, 0, 'only-model', 'solo', 0, 0);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (6, 1, 'sk-made-up-key-0006', 1, '不整齐', 1, 1760000006, 0, 0, 'http://127.0.0.1:9/untidy', 0.0, 0, 'a-model, b-model ,a-model,,A-MODEL', 'default', 0, -10);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `model_mapping`, `priority`)
VALUES (7, 1, 'sk-made-up-key-0007', 1, 'mapped', 1, 1760000007, 0, 0, 'http://127.0.0.1:9/mapped', 0.0, 0, 'alias,plain-model', 'default', 0, '{"alias":"real-model"}', 0);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`)
VALUES (8, 1, 'sk-made-up-key-0008', 1, 'no address', 1, 1760000008, 0, 0, '', 0.0, 0, 'gpt-4.1', 'default', 0, 0);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `model_mapping`, `priority`)
VALUES (9, 1, 'sk-made-up-key-0009', 1, 'broken mapping', 1, 1760000009, 0, 0, 'http://127.0.0.1:9/broken', 0.0, 0, 'gpt-4.1', 'default', 0, '{"a":', 0);
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `model_headers`, `custom_parameter`, `priority`, `proxy`, `only_chat`, `pre_cost`, `disabled_stream`, `plugin`)
VALUES (10, 1, 'sk-made-up-key-0010', 1, 'overrides', 5, 1760000010, 0, 0, 'http://127.0.0.1:9/plain', 1.25, 0, 'gpt-4*', 'default', 1234, '{"X-Made-Up":"yes"}', '{"temperature":0}', 10, 'http://user:secret@127.0.0.1:9', 1, 2, '["gpt-4o"]', '{"customize":{"1":"/v1/chat"}}');
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`, `deleted_at`)
VALUES (11, 1, 'sk-made-up-key-0011', 1, 'deleted', 5, 1760000011, 0, 0, 'http://127.0.0.1:9/plain', 1.25, 0, 'gpt-4o,gpt-4o-mini', 'default', 1234, 10, '2026-01-02 03:04:05');

CREATE TABLE options (`key` text, `value` text, PRIMARY KEY (`key`));
INSERT INTO options VALUES ('AutomaticDisableChannelEnabled', 'false');
