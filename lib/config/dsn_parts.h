#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/dsn.h"

namespace config {

// Without its "%XX"; nothing where a "%" is followed by anything else, or
// stands for a NUL.
std::optional<std::string> percent_decoded(std::string_view text);

// Sets `host` and `port` from "host", "host:port", "[::1]:port" or "::1".
// Returns whether it is one of them.  A missing port leaves `port` as it is.
bool read_host(std::string_view text, std::string& host, int& port);

// 1 to 65535, or nothing.
std::optional<int> port_of(std::string_view text);

// The pairs of "a=1&b=2", values percent-decoded; nothing where that fails.
// A piece without "=" is left out, or makes it fail where `strict`.
std::optional<std::vector<std::pair<std::string, std::string>>> query_of(
    std::string_view text, bool strict);

std::variant<Address, base::Sentence> mysql_address(std::string_view dsn);
std::variant<Address, base::Sentence> postgres_address(std::string_view dsn);
// The one schema of PostgreSQL in which tables are looked for, where the DSN
// alone says so; else empty.
std::string only_schema(const Address& address);

std::variant<Address, base::Sentence> sqlite_address(std::string_view dsn);

}  // namespace config
