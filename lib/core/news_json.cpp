#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "core/news.h"

namespace core {

namespace {

using base::json::Document;
using base::json::Writer;

void write(Writer& writer, const NewsItem& item) {
  writer.begin_object()
      .member("event", static_cast<int>(item.event))
      .member("phase", static_cast<int>(item.phase))
      .member("text", item.text)
      .member("name", item.name)
      .member("guard", item.guard)
      .member("count", item.model_count);
  if (item.channel) writer.member("channel", *item.channel);
  if (item.lasted) writer.member("lasted", *item.lasted);
  writer.key("models").begin_array();
  for (const std::string& model : item.models)
    writer.value(model);
  writer.end_array().end_object();
}

std::string text_at(const Document& json, const std::string& pointer) {
  return std::string(json.text(pointer).value_or(""));
}

// `value` as one of the members of an enumeration, the last of which is `last`.
template <typename Word>
Word word(std::int64_t value, Word last) {
  return static_cast<Word>(
      std::clamp<std::int64_t>(value, 0, static_cast<std::int64_t>(last)));
}

NewsItem item_in(const Document& json, const std::string& at) {
  return {
      .event = word(json.number(at + "/event").value_or(0), Event::added),
      .phase = word(json.number(at + "/phase").value_or(0), Phase::happened),
      .channel = json.number(at + "/channel"),
      .name = text_at(json, at + "/name"),
      .guard = text_at(json, at + "/guard"),
      .text = text_at(json, at + "/text"),
      .models = json.texts(at + "/models", ""),
      .model_count = static_cast<std::size_t>(
          std::max<std::int64_t>(json.number(at + "/count").value_or(0), 0)),
      .lasted = json.number(at + "/lasted")};
}

}  // namespace

std::string json_of(const Message& message) {
  Writer writer;
  writer.begin_object()
      .member("title", message.title)
      .member("more_channels", message.more_channels)
      .member("good", message.is_good)
      .member("applied", message.applied)
      .member("at", base::seconds_of(message.at))
      .member("language", static_cast<int>(message.language));
  writer.key("lines").begin_array();
  for (const std::string& line : message.lines)
    writer.value(line);
  writer.end_array().key("items").begin_array();
  for (const NewsItem& item : message.items)
    write(writer, item);
  return writer.end_array().end_object().take();
}

std::optional<Message> message_in(std::string_view text) {
  Document json;
  if (!json.parse(text) || !json.text("/title") || !json.is_array("/lines")) {
    return std::nullopt;
  }
  Message message{
      .title = text_at(json, "/title"),
      .lines = json.texts("/lines", ""),
      .more_channels = static_cast<std::size_t>(
          std::max<std::int64_t>(json.number("/more_channels").value_or(0), 0)),
      .is_good = json.truth("/good").value_or(false),
      .applied = json.truth("/applied").value_or(true),
      .at = base::wall_time(json.number("/at").value_or(0)),
      .language =
          word(json.number("/language").value_or(0), base::Language::zh)};
  for (std::size_t i = 0; i < json.size("/items"); ++i) {
    message.items.push_back(item_in(json, fmt::format("/items/{}", i)));
  }
  return message;
}

std::string json_of(const Told& told) {
  Writer writer;
  writer.begin_object();
  for (const auto& [what, since] : told)
    writer.member(what, base::seconds_of(since));
  return writer.end_object().take();
}

Told told_in(std::string_view text) {
  Document json;
  Told told;
  if (!json.parse(text)) return told;
  for (const auto& [what, since] : json.members("").value_or(
           std::vector<std::pair<std::string, std::string>>())) {
    const auto seconds = base::whole_number(since);
    if (seconds) told.emplace(what, base::wall_time(*seconds));
  }
  return told;
}

}  // namespace core
