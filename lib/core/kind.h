#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace core {

// What a model is for, and so how it is probed.
enum class Kind : std::uint8_t {
  chat,
  responses,
  embedding,
  rerank,
  moderation,
  image,
  research,
  speech,
  transcription,
  video,
  realtime,
};

std::string_view name_of(Kind kind);
std::optional<Kind> kind_named(std::string_view name);

// The kind that a model's name tells (contract 6.1, in our order); chat where
// it tells nothing.
Kind kind_of(std::string_view model);

// Whether a probe of this kind costs money or needs media: it is only sent
// where the configuration names the kind.
bool is_expensive(Kind kind);

}  // namespace core
