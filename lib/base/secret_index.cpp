#include "base/secret_index.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace base {
namespace {

constexpr std::size_t shortest_torn = 8;  // a beginning that tells something
constexpr std::size_t seed = 8;           // so much of a part is searched for
// Of suffixes that go on alike so many are compared backwards.
constexpr std::ptrdiff_t most_alike = 8;

std::size_t hash_of_start(std::string_view text) {
  std::uint32_t start = 0;
  std::memcpy(&start, text.data(), sizeof start);
  return start * 2654435761U >> 20U;
}

std::size_t hash_of_seed(std::string_view text) {
  std::uint64_t start = 0;
  static_assert(sizeof start == seed);
  std::memcpy(&start, text.data(), sizeof start);
  return start * 0x9E3779B97F4A7C15U >> 50U;
}

// Wherever a part begins, a whole seed of it begins at a multiple of this.
std::size_t stride_of(const SecretForm& form) {
  return form.shortest_part - seed + 1;
}

std::size_t common_size(std::string_view a, std::string_view b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(end.first - a.begin());
}

}  // namespace

SecretIndex::SecretIndex(std::vector<SecretForm> forms)
    : forms_(std::move(forms)) {
  std::erase_if(forms_, [](const SecretForm& form) {
    return form.text.size() < shortest_form;
  });
  std::ranges::sort(forms_, [](const SecretForm& a, const SecretForm& b) {
    return a.text == b.text ? a.shortest_part > b.shortest_part
                            : a.text < b.text;
  });
  const auto is_same = [](const SecretForm& a, const SecretForm& b) {
    return a.text == b.text;
  };
  forms_.erase(std::unique(forms_.begin(), forms_.end(), is_same),
               forms_.end());
  forms_.shrink_to_fit();
  for (const SecretForm& form : forms_) {
    starts_.set(hash_of_start(form.text));
    longest_form_ = std::max(longest_form_, form.text.size());
  }
  take_suffixes();
}

void SecretIndex::take_suffixes() {
  for (std::size_t which = 0; which < forms_.size(); ++which) {
    const SecretForm& form = forms_[which];
    const std::string_view text = form.text;
    if (form.shortest_part < shortest_part) continue;
    if (text.size() < form.shortest_part) continue;
    for (std::size_t i = 0; i + seed <= text.size(); i += stride_of(form)) {
      suffixes_.push_back(
          {static_cast<std::uint32_t>(which), static_cast<std::uint32_t>(i)});
      suffix_starts_.set(hash_of_seed(text.substr(i)));
    }
  }
  suffixes_.shrink_to_fit();
  std::ranges::sort(suffixes_, [this](const Suffix& a, const Suffix& b) {
    return from(a) < from(b);
  });
}

std::string_view SecretIndex::from(const Suffix& suffix) const {
  return std::string_view(forms_[suffix.form].text).substr(suffix.at);
}

std::size_t SecretIndex::form_at(std::string_view text) const {
  if (text.size() < shortest_form || !starts_.test(hash_of_start(text))) {
    return 0;
  }
  while (text.size() >= shortest_form) {
    // Every form that `text` begins with stands before it in the order, and
    // shares with the last of those that do as much as `text` does.
    const auto found =
        std::ranges::upper_bound(forms_, text, {}, &SecretForm::text);
    if (found == forms_.begin()) return 0;
    const std::string& form = std::prev(found)->text;
    const std::size_t common = common_size(form, text);
    if (common == form.size()) return common;
    text = text.substr(0, common);
  }
  return 0;
}

std::size_t SecretIndex::start_of_torn_form(std::string_view text) const {
  if (text.size() < shortest_torn) return text.size();
  const std::size_t first = text.size() - std::min(text.size(), longest_form_);
  for (std::size_t i = first; i + shortest_torn <= text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (!starts_.test(hash_of_start(rest))) continue;
    const auto found =
        std::ranges::lower_bound(forms_, rest, {}, &SecretForm::text);
    if (found != forms_.end() && found->text.starts_with(rest)) return i;
  }
  return text.size();
}

SecretIndex::Part SecretIndex::next_part(std::string_view text,
                                         std::size_t at) const {
  for (std::size_t i = at; i + seed <= text.size(); ++i) {
    if (!suffix_starts_.test(hash_of_seed(text.substr(i)))) continue;
    const Part part = part_at(text, i);
    if (part.size > 0) return part;
  }
  return {.next = text.size()};
}

// The suffix that has most in common with the text from `at` on stands beside
// the place where that text would; before `at` a part goes on for less than a
// stride, or another suffix had found it.
SecretIndex::Part SecretIndex::part_at(std::string_view text,
                                       std::size_t at) const {
  const std::string_view rest = text.substr(at);
  const auto place = std::ranges::upper_bound(
      suffixes_, rest, {}, [this](const Suffix& each) { return from(each); });
  const auto first = place - std::min(place - suffixes_.begin(), most_alike);
  const auto last = place + std::min(suffixes_.end() - place, most_alike);
  std::size_t common = 0;
  std::size_t before = 0;
  bool counts = false;
  for (auto each = first; each != last; ++each) {
    const std::size_t size = common_size(from(*each), rest);
    if (size < seed || size < common) continue;
    if (size > common) before = 0;
    common = size;
    before = std::max(before, common_before(text.substr(0, at), *each));
    counts |= before + common >= forms_[each->form].shortest_part;
  }
  if (!counts) return {};
  return {.begin = at - before,
          .size = before + common,
          .next = std::max(at + 1, at + common - (seed - 1))};
}

std::size_t SecretIndex::common_before(std::string_view before,
                                       const Suffix& suffix) const {
  const SecretForm& whole = forms_[suffix.form];
  const auto form = std::string_view(whole.text).substr(0, suffix.at);
  const std::size_t most =
      std::min({form.size(), before.size(), stride_of(whole) - 1});
  std::size_t size = 0;
  while (size < most &&
         form[form.size() - 1 - size] == before[before.size() - 1 - size]) {
    ++size;
  }
  return size;
}

}  // namespace base
