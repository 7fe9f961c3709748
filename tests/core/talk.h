#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http.h"
#include "base/json.h"
#include "base/time.h"
#include "core/channel_type.h"
#include "core/conversation.h"

// Speaks with a conversation as an upstream would, by a clock of its own.
namespace talk {

inline const base::Time start = base::Time(std::chrono::hours(1));

inline const base::WallTime wall = base::wall_time(1'790'000'000);

inline base::Time at(int milliseconds) {
  return start + base::Milliseconds(milliseconds);
}

inline core::Enquiry enquiry_with(const std::vector<std::string>& keys) {
  core::Enquiry enquiry;
  enquiry.endpoint.provider = core::provider_named("openai");
  enquiry.endpoint.base = "https://up.example";
  enquiry.endpoint.prefix = "/v1";
  for (const std::string& key : keys) {
    enquiry.keys.push_back({enquiry.keys.size(), base::Secret(key), true});
    enquiry.redactor.add(base::Secret(key));
  }
  return enquiry;
}

struct Answer {
  int status = 200;
  std::string body;
  base::http::Headers headers = {};
};

inline bool wants_send(const core::Step& step) {
  return std::holds_alternative<core::Send>(step);
}
inline bool is_over(const core::Step& step) {
  return std::holds_alternative<core::Finished>(step);
}
inline std::optional<base::Time> waits_until(const core::Step& step) {
  const auto* wait = std::get_if<core::Wait>(&step);
  return wait == nullptr ? std::nullopt : std::optional(wait->until);
}

// One conversation and what was sent in it.
class Talk {
 public:
  explicit Talk(core::Conversation& conversation)
      : conversation_(conversation) {}

  // The next request leaves at `time`.
  core::Step send(int time = 0) {
    requests.push_back(conversation_.request(wall));
    return conversation_.next(base::http::Sent{at(time)}, scratch_);
  }
  core::Step head(int status, int time, base::http::Headers headers = {}) {
    return conversation_.next(
        base::http::Head{status, std::move(headers), at(time)}, scratch_);
  }
  core::Step chunk(std::string_view bytes, int time) {
    // A copy of its own size, so that a read beyond its end is noticed.
    const std::vector<char> copy(bytes.begin(), bytes.end());
    return conversation_.next(
        base::http::Chunk{{copy.data(), copy.size()}, at(time)}, scratch_);
  }
  core::Step done(int time) {
    return conversation_.next(base::http::Done{at(time)}, scratch_);
  }
  core::Step failed(base::http::Failure kind, int time,
                    std::string text = "it broke") {
    return conversation_.next(
        base::http::Failed{kind, std::move(text), at(time)}, scratch_);
  }
  core::Step tick(int time) { return conversation_.tick(at(time), scratch_); }

  // A whole answer to the next request, its body in pieces of `size` bytes.
  core::Step answer(const Answer& answer, std::size_t size = 1 << 20) {
    send();
    core::Step step = head(answer.status, 10, answer.headers);
    std::string_view rest = answer.body;
    while (!rest.empty() && !is_over(step) && !wants_send(step)) {
      step = chunk(rest.substr(0, size), 20);
      rest.remove_prefix(std::min(size, rest.size()));
    }
    return is_over(step) || wants_send(step) ? step : done(30);
  }

  std::vector<base::http::Request> requests;

 private:
  core::Conversation& conversation_;
  base::json::Document scratch_;
};

}  // namespace talk
