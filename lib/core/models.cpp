#include "core/models.h"

#include "base/release.h"

namespace core {

namespace {

enum Flag : std::uint16_t {
  listed = 1U << 0U,
  due = 1U << 1U,
  has_upstream = 1U << 2U,
  has_key = 1U << 3U,
  measured = 1U << 4U,
  has_first_token = 1U << 5U,
  has_rate = 1U << 6U,
  has_tokens = 1U << 7U,
  has_reason = 1U << 8U,
};

int flags_of(const ModelReport& model) {
  return base::flag_if(model.listed, listed) | base::flag_if(model.due, due) |
         base::flag_if(!model.upstream.empty(), has_upstream) |
         base::flag_if(model.key.has_value(), has_key) |
         base::flag_if(model.times.headers >= 0 || model.times.total >= 0,
                       measured) |
         base::flag_if(model.times.first_token >= 0, has_first_token) |
         base::flag_if(model.tokens_per_second >= 0, has_rate) |
         base::flag_if(model.input_tokens != 0 || model.output_tokens != 0,
                       has_tokens) |
         base::flag_if(!model.reason.empty(), has_reason);
}

void put(base::Packer& packer, const ModelReport& model) {
  const int flags = flags_of(model);
  packer.number(flags);
  packer.text(model.name);
  if ((flags & has_upstream) != 0) packer.text(model.upstream);
  packer.number(static_cast<std::int64_t>(model.kind));
  packer.number(static_cast<std::int64_t>(model.outcome));
  packer.number(static_cast<std::int64_t>(model.verdict));
  if (!model.reason.empty()) packer.sentence(model.reason);
  packer.number(model.http_status);
  packer.number(model.attempts);
  if (model.key) packer.count(*model.key);
  if ((flags & measured) != 0) {
    packer.real(model.times.headers);
    packer.real(model.times.total);
  }
  if ((flags & has_first_token) != 0) packer.real(model.times.first_token);
  if ((flags & has_rate) != 0) packer.real(model.tokens_per_second);
  if ((flags & has_tokens) != 0) {
    packer.number(model.input_tokens);
    packer.number(model.output_tokens);
  }
}

void take(base::Unpacker& unpacker, ModelReport& model) {
  const std::int64_t flags = unpacker.number();
  const auto has = [flags](Flag flag) { return (flags & flag) != 0; };
  model.listed = has(listed);
  model.due = has(due);
  model.name = unpacker.text();
  model.upstream.clear();
  if (has(has_upstream)) model.upstream = unpacker.text();
  model.kind = static_cast<Kind>(unpacker.number());
  model.outcome = static_cast<Outcome>(unpacker.number());
  model.verdict = static_cast<Verdict>(unpacker.number());
  if (has(has_reason)) {
    model.reason = unpacker.sentence();
  } else if (!model.reason.empty()) {
    model.reason = {};
  }
  model.http_status = static_cast<int>(unpacker.number());
  model.attempts = static_cast<int>(unpacker.number());
  model.key.reset();
  if (has(has_key)) model.key = unpacker.count();
  model.times = {};
  if (has(measured)) {
    model.times.headers = unpacker.real();
    model.times.total = unpacker.real();
  }
  if (has(has_first_token)) model.times.first_token = unpacker.real();
  model.tokens_per_second = has(has_rate) ? unpacker.real() : -1;
  model.input_tokens = has(has_tokens) ? unpacker.number() : 0;
  model.output_tokens = has(has_tokens) ? unpacker.number() : 0;
}

}  // namespace

void Models::pack() {
  if (open_.empty()) return;
  base::Packer packer;
  for (const ModelReport& model : open_)
    put(packer, model);
  packed_ = packer.bytes();
  count_ = open_.size();
  base::release(open_);
}

std::vector<ModelReport>& Models::opened() {
  if (!packed_.empty()) {
    base::Unpacker unpacker(packed_);
    open_.resize(count_);
    for (ModelReport& model : open_)
      take(unpacker, model);
    base::release(packed_);
  }
  return open_;
}

Models::Looking::Looking(const Models& models, std::size_t left)
    : models_(&models),
      left_(static_cast<std::ptrdiff_t>(left)),
      unpacker_(models.packed_) {
  show();
}

void Models::Looking::show() {
  if (left_ > 0 && !models_->packed_.empty()) take(unpacker_, shown_);
}

}  // namespace core
