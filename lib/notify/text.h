#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/news.h"

namespace notify {

// "Channel Monitor: models removed: 2".
std::string titled(const core::Message& message);

// The lines of a message, with `end` after each but the last.
std::string body_of(const core::Message& message, std::string_view end = "\n");

// How a service counts what it limits.
std::size_t in_bytes(std::string_view text);
std::size_t in_utf16(std::string_view text);

// The longest beginning of `text`, in whole characters, that is not longer than
// `most` by `count`, with "…" after it where something was cut.
std::string cut(std::string_view text, std::size_t most,
                std::size_t (*count)(std::string_view));

// `text` with a backslash before everything that is markup in Markdown.
std::string markdown(std::string_view text);

// The same, cut: never in the middle of an escape.
std::string markdown_cut(std::string_view text, std::size_t most,
                         std::size_t (*count)(std::string_view));

}  // namespace notify
