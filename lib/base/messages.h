#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace base {

enum class Language : unsigned char { en, zh };

// One entry of the table of everything that is said to a person; the table is
// kept in messages_*.h, a part for each area.  Words go in at "{0}" to "{9}".
// An entry whose two languages do not take the same words does not compile.
struct Phrase {
  std::string_view en;
  std::string_view zh;

  consteval Phrase(std::string_view english, std::string_view chinese)
      : en(english), zh(chinese) {
    if (words_of(english) != words_of(chinese)) {
      throw "the two languages take different words";
    }
  }

 private:
  static consteval unsigned words_of(std::string_view text) {
    unsigned words = 0;
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
      if (text[i] != '{') continue;
      if (text[i + 1] < '0' || text[i + 1] > '9' || text[i + 2] != '}') {
        throw "a brace that is not of the form {0}";
      }
      words |= 1U << static_cast<unsigned>(text[i + 1] - '0');
    }
    return words;
  }
};

// A phrase with its words, in no language yet.  Kept as data until somebody
// reads it.  Words that are Sentences themselves are said in the same language.
class Sentence {
 public:
  Sentence() = default;

  template <typename... Words>
  Sentence(const Phrase& phrase, Words&&... words) : phrase_(&phrase) {
    (add(std::forward<Words>(words)), ...);
  }

  bool empty() const { return phrase_ == nullptr; }
  bool is(const Phrase& phrase) const { return phrase_ == &phrase; }

  // The sentence in `language`; "" if it is empty.
  std::string in(Language language) const;

  // For base::Packer and base::Unpacker.
  void pack(std::string& bytes) const;
  static Sentence unpacked(std::string_view& bytes);

 private:
  struct Word {
    std::string text;
    std::vector<Sentence> sentence;  // none or one: said instead of `text`
  };

  void add(std::string_view text) { words_.push_back({std::string(text), {}}); }
  void add(const char* text) { add(std::string_view(text)); }
  void add(const std::string& text) { add(std::string_view(text)); }
  void add(const Sentence& sentence) { words_.push_back({"", {sentence}}); }
  template <typename Number>
  void add(Number number) {
    add(std::string_view(std::to_string(number)));
  }

  const Phrase* phrase_ = nullptr;
  std::vector<Word> words_;
};

inline std::string in(Language language, const Sentence& sentence) {
  return sentence.in(language);
}

// The language of LC_ALL, LC_MESSAGES or LANG, whichever is set first: Chinese
// where it begins with "zh", else English.
Language language_of_locale(const char* lc_all, const char* lc_messages,
                            const char* lang);

}  // namespace base
