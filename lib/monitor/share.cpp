#include "monitor/share.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/http.h"
#include "base/messages_journal.h"
#include "base/messages_probe.h"
#include "base/messages_report.h"
#include "core/endpoint.h"
#include "core/finding.h"
#include "core/provider.h"
#include "monitor/channel_secrets.h"

namespace monitor {

namespace {

namespace http = base::http;
namespace say = base::say;

bool is_enabled(const core::Enquiry& enquiry, std::size_t key) {
  const auto& off = enquiry.disabled_keys;
  return std::none_of(off.begin(), off.end(), [key](const core::Key& other) {
    return other.index == key;
  });
}

// Those that are listed and not looked at are shown, too, with the list.
core::ShownNames shown_names_in(const Prepared& subject,
                                const core::Examination& seen) {
  std::vector<std::string> names = core::names_of(subject.channel.models);
  for (const core::Finding& finding : seen.findings()) {
    names.push_back(finding.candidate.name);
    names.push_back(finding.candidate.upstream);
  }
  return shown_names(subject.enquiry.redactor, names);
}

std::vector<core::KeyReport> keys_in(const Prepared& subject,
                                     const core::Examination& seen) {
  const core::Channel& channel = subject.channel;
  std::vector<core::KeyReport> keys;
  if (!core::has_many_keys(channel, subject.schema)) return keys;
  for (const core::KeyFinding& key : seen.keys()) {
    core::KeyReport shown{key.key, is_enabled(subject.enquiry, key.key),
                          key.outcome, key.why};
    if (!shown.enabled && shown.outcome == core::Outcome::ok) {
      shown.reason = {say::key_answers_again,
                      static_cast<std::int64_t>(channel.id),
                      subject.enquiry.redactor.shown(channel.name), key.key};
    }
    keys.push_back(std::move(shown));
  }
  std::sort(keys.begin(), keys.end(),
            [](const core::KeyReport& a, const core::KeyReport& b) {
              return a.key < b.key;
            });
  return keys;
}

Found found_in(const Prepared& subject, const core::Examination& seen) {
  Found found{.name = subject.enquiry.redactor.shown(subject.channel.name),
              .candidates = seen.candidates(),
              .findings = core::packed(seen.findings()),
              .shown_names = shown_names_in(subject, seen),
              .is_testable = subject.untestable.empty(),
              .keys = keys_in(subject, seen),
              .calls = seen.calls(),
              .is_over = seen.is_over(),
              .was_cancelled = seen.was_cancelled()};
  const core::Endpoint& endpoint = subject.enquiry.endpoint;
  if (endpoint.provider != nullptr) found.provider = endpoint.provider->name();
  if (const core::Ending* list = seen.list()) {
    found.list_outcome = list->outcome;
    found.offered = seen.offered();
    found.list_was_cut = seen.list_was_cut();
  }
  if (!seen.right_address().empty()) {
    found.wrong_address = {say::wrong_address,
                           http::without_userinfo(endpoint.base),
                           http::without_userinfo(seen.right_address())};
  }
  return found;
}

}  // namespace

Outline outline_of(const core::Channel& channel, const core::Schema& schema) {
  Outline outline{.config_error = core::config_error_of(channel, schema)};
  if (!outline.config_error.empty()) return outline;
  const auto endpoint = core::endpoint_of(channel, schema);
  if (const auto* known = std::get_if<core::Endpoint>(&endpoint)) {
    outline.host = http::host_of(known->base);
  }
  return outline;
}

void Share::put_away() {
  if (!run) return;
  found = found_in(run->subject(), run->examination());
  memory = core::packed(run->subject().memory);
  run.reset();
}

}  // namespace monitor
