#include "core/login.h"

#include <algorithm>
#include <utility>

namespace core {

namespace {

// A pass that is over in the middle of a call is of no use.
constexpr std::chrono::seconds margin{60};
constexpr std::size_t most_of_a_pass = std::size_t{64} << 10;

}  // namespace

const base::Secret* Passes::find(const base::Secret& key,
                                 base::WallTime now) const {
  const auto found = passes_.find(key.reveal());
  if (found == passes_.end()) return nullptr;
  const auto& [pass, since] = found->second;
  if (since > now || pass.until <= now + margin) return nullptr;
  return &pass.token;
}

void Passes::put(const base::Secret& key, Pass pass, base::WallTime now) {
  passes_.insert_or_assign(key.reveal(), Kept{std::move(pass), now});
}

void Passes::drop(const base::Secret& key) {
  passes_.erase(key.reveal());
}

void Login::feed(std::string_view bytes) {
  body_ +=
      bytes.substr(0, most_of_a_pass - std::min(most_of_a_pass, body_.size()));
}

std::optional<Login::Refused> Login::end(const Provider& provider, int status,
                                         base::json::Document& scratch) {
  const bool parsed = scratch.parse(std::exchange(body_, {}));
  if (parsed && status >= 200 && status < 300) {
    if (auto pass = provider.read_login(scratch, now_)) {
      // Whoever gives passes for less is asked for one each time, not for ever.
      pass->until = std::max(pass->until, now_ + 2 * margin);
      passes_.put(key_, *std::move(pass), now_);
      return std::nullopt;
    }
  }
  Refused refused{.error = parsed ? error_in(scratch) : std::string()};
  refused.outcome = outcome_of({.status = status, .error = refused.error}, {});
  // No model was asked for, and whoever refuses a login refuses the key.
  const bool is_definite = refused.outcome == Outcome::bad_request ||
                           refused.outcome == Outcome::model_gone ||
                           refused.outcome == Outcome::forbidden;
  if (is_definite) refused.outcome = Outcome::auth_failed;
  return refused;
}

}  // namespace core
