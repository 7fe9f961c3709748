#include "secrets.h"

#include <algorithm>
#include <cctype>

#include "base/json.h"
#include "base/text.h"
#include "catch.h"

namespace e2e {

namespace {

std::string upper(std::string text) {
  for (char& c : text)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// "%2B" becomes "%2b", and nothing else.
std::string with_lower_digits(std::string text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] != '%') continue;
    for (const std::size_t at : {i + 1, i + 2}) {
      text[at] =
          static_cast<char>(std::tolower(static_cast<unsigned char>(text[at])));
    }
  }
  return text;
}

// What every base64 of it holds, with so many bytes before it.
std::string base64_within(const std::string& secret, std::size_t before) {
  const std::string coded = base::base64(std::string(before, 'x') + secret);
  const std::size_t begin = (before * 8 + 5) / 6;
  return coded.substr(begin, (before + secret.size()) * 8 / 6 - begin);
}

}  // namespace

std::vector<std::string> forms_of(const std::string& secret) {
  const std::string encoded = base::percent_encoded(secret);
  const std::string json = base::json::quote(secret);
  const std::string quoted = json.substr(1, json.size() - 2);
  std::vector<std::string> forms = {secret,
                                    encoded,
                                    with_lower_digits(encoded),
                                    quoted,
                                    base::replaced(quoted, "/", "\\/"),
                                    base::hex(secret),
                                    upper(base::hex(secret))};
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string coded = base64_within(secret, before);
    forms.push_back(coded);
    forms.push_back(base::replaced(base::replaced(coded, "+", "-"), "/", "_"));
  }
  std::sort(forms.begin(), forms.end());
  forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
  return forms;
}

void look_for_secrets(const std::vector<std::string>& secrets,
                      const std::string& where, const std::string& text) {
  for (const std::string& secret : secrets) {
    for (const std::string& form : forms_of(secret)) {
      const std::size_t at = text.find(form);
      if (at == std::string::npos) continue;
      const std::size_t begin = at < 100 ? 0 : at - 100;
      FAIL_CHECK(where << " holds " << form << ": " << text.substr(begin, 300));
    }
  }
}

void look_for_secrets(const std::vector<std::string>& secrets,
                      const World& world, const support::Ended& ended,
                      const std::vector<std::string>& except) {
  look_for_secrets(secrets, "standard output", ended.out);
  look_for_secrets(secrets, "standard error", ended.err);
  for (const auto& [name, bytes] : everything_in(world.folder())) {
    if (name.starts_with("gateway.db") && !name.ends_with(".lock")) continue;
    if (name == "config.json") continue;
    if (std::ranges::find(except, name) != except.end()) continue;
    look_for_secrets(secrets, name, bytes);
  }
}

}  // namespace e2e
