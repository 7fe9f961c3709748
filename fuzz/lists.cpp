#include <set>
#include <string>

#include "core/channel_type.h"
#include "core/conversation.h"
#include "targets.h"

// Whatever an upstream says its models are, page after page: the list comes to
// an end, holds no name twice, and costs no more pages than it may.

void fuzz::lists(Input input) {
  namespace http = base::http;
  static const auto providers = core::all_providers();
  core::Enquiry enquiry;
  enquiry.endpoint.provider = providers[input.byte() % providers.size()];
  enquiry.endpoint.base = "https://up.example";
  enquiry.endpoint.product = static_cast<core::Product>(input.byte() % 3);
  if (enquiry.endpoint.provider->list_places(enquiry.endpoint) == 0) return;
  enquiry.keys = {{0, base::Secret("sk-secret-0123456789"), true}};
  core::ListConversation list(enquiry, 0);
  base::json::Document scratch;
  const base::Time now = base::Time(std::chrono::hours(1));
  core::Step step = core::Send{};
  for (int pages = 0; std::holds_alternative<core::Send>(step); ++pages) {
    fuzz::require(pages < 60);
    list.request(base::wall_time(1'790'000'000));
    list.next(http::Sent{now}, scratch);
    step = list.next(http::Head{200 + input.byte(), {}, now}, scratch);
    if (!std::holds_alternative<core::Wait>(step)) continue;
    step = list.next(http::Chunk{input.text(), now}, scratch);
    if (std::holds_alternative<core::Wait>(step)) {
      step = list.next(http::Done{now}, scratch);
    }
  }
  fuzz::require(std::holds_alternative<core::Finished>(step));
  const auto& ids = list.ids();
  fuzz::require(std::set<std::string>(ids.begin(), ids.end()).size() ==
                ids.size());
}
