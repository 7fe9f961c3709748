-- The rights that the monitor needs on a gateway in MySQL or MariaDB, and no
-- more.  Replace oneapi by the name of the database, and the password.
CREATE USER IF NOT EXISTS 'channel_monitor'@'%' IDENTIFIED BY 'change-me';

-- To look: enough for check, list, test, --dry-run and do_not_modify_db.
GRANT SELECT ON oneapi.channels TO 'channel_monitor'@'%';
GRANT SELECT ON oneapi.abilities TO 'channel_monitor'@'%'; -- not One Hub

-- To write.  MySQL locks a row only for who may update the table; of its
-- columns the monitor writes models, status, other_info, test_time and
-- response_time, and no other.
GRANT UPDATE ON oneapi.channels TO 'channel_monitor'@'%';
GRANT INSERT, UPDATE, DELETE ON oneapi.abilities TO 'channel_monitor'@'%'; -- not One Hub
