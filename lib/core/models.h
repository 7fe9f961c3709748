#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/messages.h"
#include "base/pack.h"
#include "core/conversation.h"
#include "core/kind.h"
#include "core/outcome.h"
#include "core/verdict.h"

namespace core {

struct ModelReport {
  std::string name;
  std::string upstream;  // "" where it is the same
  Kind kind{};
  bool listed = false;
  Outcome outcome{};
  Verdict verdict = Verdict::hold;
  base::Sentence reason;  // empty with `ok`
  bool due = true;
  int http_status = 0;
  int attempts = 0;
  std::optional<std::size_t> key;  // of several
  Times times;
  double tokens_per_second = -1;
  // What it cost, where it was not the answer to another name's question; not
  // for JSON.
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
};

// The models of one channel in a report, in order.  Once packed they take a
// fifth of the memory, and are looked at one after the other; whoever changes
// them unpacks them.
class Models {
 public:
  class Looking;

  Models() = default;
  Models(std::vector<ModelReport> models) : open_(std::move(models)) {}
  Models(std::initializer_list<ModelReport> models) : open_(models) {}

  std::size_t size() const { return packed_.empty() ? open_.size() : count_; }
  bool empty() const { return size() == 0; }
  Looking begin() const;
  Looking end() const;

  std::vector<ModelReport>::iterator begin() { return opened().begin(); }
  std::vector<ModelReport>::iterator end() { return opened().end(); }
  ModelReport& operator[](std::size_t index) { return opened()[index]; }
  void push_back(ModelReport model) { opened().push_back(std::move(model)); }

  void pack();

 private:
  std::vector<ModelReport>& opened();

  std::vector<ModelReport> open_;  // where they are not packed
  std::string packed_;
  std::size_t count_ = 0;
};

// At one of them.  What it shows is gone with the next step.
class Models::Looking {
 public:
  // What the library's algorithms ask for.
  // NOLINTBEGIN(readability-identifier-naming)
  using iterator_category = std::input_iterator_tag;
  using value_type = ModelReport;
  using difference_type = std::ptrdiff_t;
  using pointer = const ModelReport*;
  using reference = const ModelReport&;
  // NOLINTEND(readability-identifier-naming)

  Looking(const Models& models, std::size_t left);

  const ModelReport& operator*() const {
    return models_->packed_.empty() ? *(models_->open_.end() - left_) : shown_;
  }
  const ModelReport* operator->() const { return &**this; }
  Looking& operator++() {
    --left_;
    show();
    return *this;
  }
  bool operator==(const Looking& other) const { return left_ == other.left_; }

 private:
  void show();

  const Models* models_;
  std::ptrdiff_t left_;
  base::Unpacker unpacker_;
  ModelReport shown_;
};

inline Models::Looking Models::begin() const {
  return {*this, size()};
}
inline Models::Looking Models::end() const {
  return {*this, 0};
}

}  // namespace core
