#include "base/messages.h"

namespace base {

std::string Sentence::in(Language language) const {
  if (phrase_ == nullptr) return {};
  const std::string_view text =
      language == Language::zh ? phrase_->zh : phrase_->en;
  std::string said;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{') {
      said += text[i];
      continue;
    }
    const auto index = static_cast<std::size_t>(text[i + 1] - '0');
    if (index < words_.size()) {
      const Word& word = words_[index];
      said += word.sentence.empty() ? word.text
                                    : word.sentence.front().in(language);
    }
    i += 2;  // past "0}"
  }
  return said;
}

Language language_of_locale(const char* lc_all, const char* lc_messages,
                            const char* lang) {
  for (const char* name : {lc_all, lc_messages, lang}) {
    if (name == nullptr || *name == '\0') continue;
    return std::string_view(name).starts_with("zh") ? Language::zh
                                                    : Language::en;
  }
  return Language::en;
}

}  // namespace base
