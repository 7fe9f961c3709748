#include "monitor/telling.h"

#include "core/news.h"

namespace monitor {

std::optional<state::News> news_for(const core::Report& report,
                                    const RoundPolicy& policy,
                                    state::State& state,
                                    state::GatewayId gateway) {
  if (policy.told.empty() || policy.dry_run) return std::nullopt;
  const core::News news = core::news_of(
      report, core::told_in(state.told(gateway)),
      {.language = policy.language, .applied = !policy.read_only});
  state::News kept{.told = core::json_of(news.told)};
  if (news.message) {
    kept.content = core::json_of(*news.message);
    kept.services = policy.told;
  }
  return kept;
}

}  // namespace monitor
