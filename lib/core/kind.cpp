#include "core/kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>
#include <string>

#include "base/text.h"

namespace core {

namespace {

constexpr std::array<std::string_view, 11> kind_names = {
    "chat",     "responses", "embedding",     "rerank", "moderation", "image",
    "research", "speech",    "transcription", "video",  "realtime"};

bool holds(std::string_view name,
           std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [name](auto part) {
    return name.find(part) != std::string_view::npos;
  });
}

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

// Whether a word that begins with one of `parts` stands in `name`: "veo" is in
// "google/veo-3" and in "veo3", and not in "videos" or "quiveo".
bool has_word(std::string_view name,
              std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [name](auto part) {
    for (auto at = name.find(part); at != std::string_view::npos;
         at = name.find(part, at + 1)) {
      const auto end = at + part.size();
      const bool begins = at == 0 || !is_letter(name[at - 1]);
      const bool ends = end == name.size() || !is_letter(name[end]) ||
                        !is_letter(part.back());
      if (begins && ends) return true;
    }
    return false;
  });
}

bool is_video(std::string_view name, std::string_view last) {
  return has_word(name, {"sora", "veo", "t2v", "i2v"}) ||
         holds(name, {"kling", "seedance", "hailuo", "video"}) ||
         last.starts_with("vidu");
}

bool is_image(std::string_view name, std::string_view last) {
  return holds(name, {"dall-e", "gpt-image", "-image", "image-preview",
                      "seedream", "wanx", "cogview", "stable-diffusion", "sdxl",
                      "kolors", "ideogram", "midjourney", "stabilityai"}) ||
         has_word(name, {"flux", "imagen", "janus", "recraft"}) ||
         last.starts_with("nano-banana") || last.starts_with("mj_") ||
         last.starts_with("sd3") || last.starts_with("sd-") ||
         last.starts_with("image-");
}

bool is_research(std::string_view last) {
  return holds(last, {"deep-research"}) || last.starts_with("o1-pro") ||
         last.starts_with("o3-pro") || last.ends_with("-all");
}

bool is_embedding(std::string_view name, std::string_view last) {
  return holds(name, {"embed", "bge-", "jina-clip", "text-similarity"}) ||
         last.starts_with("m3e") || has_word(name, {"e5-", "gte-", "uae-"});
}

}  // namespace

std::string_view name_of(Kind kind) {
  return kind_names.at(static_cast<std::size_t>(kind));
}

std::optional<Kind> kind_named(std::string_view name) {
  const auto found = std::find(kind_names.begin(), kind_names.end(), name);
  if (found == kind_names.end()) return std::nullopt;
  return static_cast<Kind>(found - kind_names.begin());
}

Kind kind_of(std::string_view model) {
  const std::string whole = base::lower(model);
  const std::string_view name = whole;
  const std::string_view last = name.substr(name.rfind('/') + 1);
  if (holds(name, {"rerank"})) return Kind::rerank;
  if (holds(name, {"moderation"})) return Kind::moderation;
  if (holds(name, {"realtime"})) return Kind::realtime;
  if (holds(name, {"whisper", "transcribe", "sensevoice"}) ||
      has_word(name, {"asr"})) {
    return Kind::transcription;
  }
  if (has_word(name, {"tts"}) || holds(name, {"speech", "cosyvoice"})) {
    return Kind::speech;
  }
  if (is_video(name, last)) return Kind::video;
  if (is_image(name, last)) return Kind::image;
  if (is_research(last)) return Kind::research;
  if (is_embedding(name, last)) return Kind::embedding;
  if (holds(name, {"codex", "computer-use-preview"})) return Kind::responses;
  return Kind::chat;
}

bool is_expensive(Kind kind) {
  switch (kind) {
    case Kind::chat:
    case Kind::responses:
    case Kind::embedding:
    case Kind::rerank:
    case Kind::moderation: return false;
    case Kind::image:
    case Kind::research:
    case Kind::speech:
    case Kind::transcription:
    case Kind::video:
    case Kind::realtime: return true;
  }
  return true;
}

}  // namespace core
