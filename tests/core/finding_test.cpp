#include "core/finding.h"

#include "base/messages_probe.h"
#include "catch.h"

using base::Language;
using core::Finding;
using core::Outcome;

namespace {

Finding answered() {
  Finding finding{.candidate = {.name = "m",
                                .upstream = "m",
                                .listed = true,
                                .may_be_added = true,
                                .is_protected = true},
                  .due = true};
  finding.ending.form = "max_completion_tokens";
  finding.ending.times = {.headers = 0.125, .first_token = 3, .total = 7.1};
  finding.ending.completion_tokens = 3;
  finding.ending.total_tokens = 9;
  finding.ending.tokens_per_second = 0;
  finding.ending.key = 70'000;
  finding.ending.http_status = 200;
  finding.ending.attempts = 2;
  finding.ending.outcome = Outcome::ok;
  finding.ending.kind = core::Kind::embedding;
  return finding;
}

Finding failed() {
  Finding finding{.candidate = {.name = "public",
                                .upstream = "theirs",
                                .may_be_added = false},
                  .due = false,
                  .shared = true,
                  .spared = true};
  finding.ending.why = {base::say::told, 404, "gone"};
  finding.ending.outcome = Outcome::model_gone;
  return finding;
}

void check_equal(const Finding& a, const Finding& b) {
  CHECK(a.candidate.name == b.candidate.name);
  CHECK(a.candidate.upstream == b.candidate.upstream);
  CHECK(a.candidate.listed == b.candidate.listed);
  CHECK(a.candidate.may_be_added == b.candidate.may_be_added);
  CHECK(a.candidate.is_protected == b.candidate.is_protected);
  CHECK(a.due == b.due);
  CHECK(a.shared == b.shared);
  CHECK(a.spared == b.spared);
  CHECK(a.ending.why.in(Language::en) == b.ending.why.in(Language::en));
  CHECK(a.ending.form == b.ending.form);
  CHECK(a.ending.times.headers == b.ending.times.headers);
  CHECK(a.ending.times.first_token == b.ending.times.first_token);
  CHECK(a.ending.times.total == b.ending.times.total);
  CHECK(a.ending.completion_tokens == b.ending.completion_tokens);
  CHECK(a.ending.total_tokens == b.ending.total_tokens);
  CHECK(a.ending.tokens_per_second == b.ending.tokens_per_second);
  CHECK(a.ending.key == b.ending.key);
  CHECK(a.ending.http_status == b.ending.http_status);
  CHECK(a.ending.attempts == b.ending.attempts);
  CHECK(a.ending.outcome == b.ending.outcome);
  CHECK(a.ending.kind == b.ending.kind);
}

}  // namespace

TEST_CASE("packed findings are the same when they are unpacked") {
  Finding silent = failed();
  silent.ending.times.total = 10'000.5;  // nothing came before its end
  const std::vector<Finding> findings = {answered(), failed(),   failed(),
                                         silent,     answered(), Finding()};
  const auto again = core::unpacked_findings(core::packed(findings));
  REQUIRE(again.size() == findings.size());
  for (std::size_t i = 0; i < findings.size(); ++i) {
    CAPTURE(i);
    check_equal(findings[i], again[i]);
  }
  const std::vector<Finding> none;
  CHECK(core::unpacked_findings(core::packed(none)).empty());
}
