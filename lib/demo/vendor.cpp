#include "demo/vendor.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

#include "base/text.h"

namespace demo {

namespace {

bool holds(const std::vector<std::string>& keys, std::string_view key) {
  return std::ranges::find(keys, key) != keys.end();
}

}  // namespace

std::string_view Visit::bearer() const {
  const std::string_view told = header("Authorization");
  constexpr std::string_view scheme = "Bearer ";
  return told.starts_with(scheme) ? told.substr(scheme.size())
                                  : std::string_view();
}

bool Visit::takes(std::string_view key) const {
  if (key.empty()) return false;
  return site.keys.empty() || holds(site.keys, key) ||
         holds(site.poor_keys, key);
}

std::vector<const Vendor*> all_vendors() {
  std::vector<const Vendor*> all;
  for (const auto& group :
       {ali_vendors(), anthropic_vendors(), azure_vendors(), bedrock_vendors(),
        chinese_vendors(), cloudflare_vendors(), codex_vendors(),
        cohere_vendors(), gemini_vendors(), ollama_vendors(), openai_vendors(),
        vertex_vendors(), zhipu_vendors()}) {
    for (const Vendor& vendor : group)
      all.push_back(&vendor);
  }
  return all;
}

const Vendor* vendor_named(std::string_view name) {
  const auto all = all_vendors();
  const auto found = std::ranges::find(all, name, &Vendor::name);
  return found == all.end() ? nullptr : *found;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      decoded += static_cast<char>(byte);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string base64url_decoded(std::string_view text) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char digit : text) {
    const std::size_t value = digits.find(digit);
    if (value == std::string_view::npos) return {};
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xffU);
  }
  return bytes;
}

std::optional<std::string> in_query(std::string_view query,
                                    std::string_view name) {
  for (const std::string_view pair : base::split(query, '&')) {
    const std::size_t sign = std::min(pair.find('='), pair.size());
    if (pair.substr(0, sign) != name || pair.empty()) continue;
    return percent_decoded(pair.substr(std::min(sign + 1, pair.size())));
  }
  return std::nullopt;
}

std::string joined_models(
    const Site& site,
    const std::function<std::string(const std::string&)>& one) {
  std::vector<std::string> texts;
  std::ranges::transform(site.models, std::back_inserter(texts), one);
  return base::joined(texts, ",");
}

web::Reply openai_list(const Site& site) {
  return json_reply(
      200, fmt::format(R"({{"object":"list","data":[{}]}})",
                       joined_models(site, [](const std::string& model) {
                         return fmt::format(
                             R"({{"id":{},"object":"model",)"
                             R"("created":1700000000,"owned_by":"demo"}})",
                             base::json::quote(model));
                       })));
}

}  // namespace demo
