#include "core/finding.h"

#include <cstdint>

#include "base/pack.h"

namespace core {

namespace {

enum Flag : std::uint16_t {
  listed = 1U << 0U,
  may_be_added = 1U << 1U,
  is_protected = 1U << 2U,
  due = 1U << 3U,
  shared = 1U << 4U,
  spared = 1U << 5U,
  other_upstream = 1U << 6U,
  measured = 1U << 7U,
  has_first_token = 1U << 8U,
  has_rate = 1U << 9U,
};

int flags_of(const Finding& finding) {
  const Candidate& candidate = finding.candidate;
  const Result& ending = finding.ending;
  return base::flag_if(candidate.listed, listed) |
         base::flag_if(candidate.may_be_added, may_be_added) |
         base::flag_if(candidate.is_protected, is_protected) |
         base::flag_if(finding.due, due) |
         base::flag_if(finding.shared, shared) |
         base::flag_if(finding.spared, spared) |
         base::flag_if(candidate.upstream != candidate.name, other_upstream) |
         base::flag_if(ending.times.headers >= 0 || ending.times.total >= 0,
                       measured) |
         base::flag_if(ending.times.first_token >= 0, has_first_token) |
         base::flag_if(ending.tokens_per_second >= 0, has_rate);
}

void pack(base::Packer& packer, const Finding& finding) {
  const Candidate& candidate = finding.candidate;
  const Result& ending = finding.ending;
  const int flags = flags_of(finding);
  packer.number(flags);
  packer.text(candidate.name);
  if ((flags & other_upstream) != 0) packer.text(candidate.upstream);
  packer.sentence(ending.why);
  packer.text(ending.form);
  if ((flags & measured) != 0) {
    packer.real(ending.times.headers);
    packer.real(ending.times.total);
  }
  if ((flags & has_first_token) != 0) packer.real(ending.times.first_token);
  if ((flags & has_rate) != 0) packer.real(ending.tokens_per_second);
  packer.number(ending.completion_tokens);
  packer.number(ending.total_tokens);
  packer.count(ending.key);
  packer.number(ending.http_status);
  packer.number(ending.attempts);
  packer.number(static_cast<std::int64_t>(ending.outcome));
  packer.number(static_cast<std::int64_t>(ending.kind));
}

void unpack(base::Unpacker& unpacker, Finding& finding) {
  Candidate& candidate = finding.candidate;
  Result& ending = finding.ending;
  const std::int64_t flags = unpacker.number();
  candidate.listed = (flags & listed) != 0;
  candidate.may_be_added = (flags & may_be_added) != 0;
  candidate.is_protected = (flags & is_protected) != 0;
  finding.due = (flags & due) != 0;
  finding.shared = (flags & shared) != 0;
  finding.spared = (flags & spared) != 0;
  candidate.name = unpacker.text();
  candidate.upstream =
      (flags & other_upstream) != 0 ? unpacker.text() : candidate.name;
  ending.why = unpacker.sentence();
  ending.form = unpacker.text();
  if ((flags & measured) != 0) {
    ending.times.headers = unpacker.real();
    ending.times.total = unpacker.real();
  }
  if ((flags & has_first_token) != 0) {
    ending.times.first_token = unpacker.real();
  }
  if ((flags & has_rate) != 0) ending.tokens_per_second = unpacker.real();
  ending.completion_tokens = unpacker.number();
  ending.total_tokens = unpacker.number();
  ending.key = unpacker.count();
  ending.http_status = static_cast<int>(unpacker.number());
  ending.attempts = static_cast<int>(unpacker.number());
  ending.outcome = static_cast<Outcome>(unpacker.number());
  ending.kind = static_cast<Kind>(unpacker.number());
}

}  // namespace

std::string packed(const std::vector<Finding>& findings) {
  base::Packer packer;
  packer.count(findings.size());
  for (const Finding& finding : findings)
    pack(packer, finding);
  return packer.bytes();
}

std::vector<Finding> unpacked_findings(std::string_view bytes) {
  base::Unpacker unpacker(bytes);
  std::vector<Finding> findings(unpacker.count());
  for (Finding& finding : findings)
    unpack(unpacker, finding);
  return findings;
}

}  // namespace core
