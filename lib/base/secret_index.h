#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// One way in which a secret may be written.
struct SecretForm {
  std::string text;
  // So many characters of it in a row are as good as all of it; 0: only all.
  std::size_t shortest_part = 0;
};

// Where a text has a secret, by forms that were all told before.  What is
// looked for in a text takes time in proportion to its length, however many
// forms there are and however much they have in common.
class SecretIndex {
 public:
  // Shorter forms are left out.
  static constexpr std::size_t shortest_form = 4;
  // No form may have shorter parts.
  static constexpr std::size_t shortest_part = 12;

  explicit SecretIndex(std::vector<SecretForm> forms);

  // The size of the longest form that `text` begins with, 0 if with none.
  std::size_t form_at(std::string_view text) const;

  // Where a form begins that goes on behind the end of `text`; its size if none
  // does.  What somebody has cut off is no secret less.
  std::size_t start_of_torn_form(std::string_view text) const;

  struct Part {
    std::size_t begin = 0;
    std::size_t size = 0;  // 0 if there is none
    std::size_t next = 0;  // where to look on
  };
  // The next part of a form in `text` from `at` on.
  Part next_part(std::string_view text, std::size_t at) const;

 private:
  // A suffix of a form.
  struct Suffix {
    std::uint32_t form = 0;
    std::uint32_t at = 0;
  };

  std::string_view from(const Suffix& suffix) const;
  Part part_at(std::string_view text, std::size_t at) const;
  std::size_t common_before(std::string_view before,
                            const Suffix& suffix) const;
  void take_suffixes();

  std::vector<SecretForm> forms_;  // by their texts, each once
  std::size_t longest_form_ = 0;
  // Hashes of the first bytes of all forms.
  std::bitset<1U << 12U> starts_;
  // Of the forms that count in parts every few bytes one suffix, in order.
  std::vector<Suffix> suffixes_;
  std::bitset<1U << 14U> suffix_starts_;
};

}  // namespace base
