#include "core/guard.h"

#include <array>

#include "base/messages_probe.h"

namespace core {

namespace say = base::say;

std::string_view name_of(Guard guard) {
  constexpr std::array<std::string_view, 6> names = {
      "cut_off",    "mass_removal",   "mass_addition",
      "last_model", "group_coverage", "auto_ban"};
  return names.at(static_cast<std::size_t>(guard));
}

base::Sentence cut_off(const Hosts& hosts) {
  int asked = 0;
  int answered = 0;
  int failed = 0;
  for (const auto& [name, host] : hosts) {
    if (host.answers + host.failures + host.silent == 0) continue;
    ++asked;
    if (host.answers > 0) {
      ++answered;
    } else if (host.failures > 0) {
      ++failed;
    }
  }
  if (asked == 0) return {};
  if (answered == 0) return {say::cut_off_all};
  if (asked < 2 || failed * 10 < asked * 9) return {};
  return {say::cut_off_most, failed, asked};
}

bool shows_connection(std::string_view url, int status) {
  constexpr int login_required = 511;
  constexpr int no_content = 204;
  if (status == login_required) return false;
  const bool is_probe =
      url.find("generate_204") != url.npos || url.find("gen_204") != url.npos;
  return !is_probe || status == no_content;
}

bool is_mass_removal(std::int64_t removals, std::int64_t listed,
                     const GuardPolicy& policy) {
  if (policy.forced || listed < policy.min_models) return false;
  return static_cast<double>(removals) * 100 >
         static_cast<double>(listed) * policy.max_removed_percent;
}

}  // namespace core
