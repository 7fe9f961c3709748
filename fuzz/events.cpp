#include <string>
#include <tuple>
#include <vector>

#include "core/channel_type.h"
#include "core/provider.h"
#include "core/reader.h"
#include "targets.h"

// However an answer is cut into pieces: it reads as it does in one.

namespace {

auto read(const core::Provider& provider, const core::Question& question,
          std::string_view answer, std::string_view sizes) {
  core::Reader reader;
  base::json::Document scratch;
  std::size_t at = 0;
  for (std::size_t i = 0; at < answer.size(); ++i) {
    const std::size_t size =
        sizes.empty()
            ? answer.size()
            : 1U + static_cast<unsigned char>(sizes[i % sizes.size()]);
    // A copy of its own size, so that a read beyond its end is noticed.
    const std::string_view piece = answer.substr(at, size);
    const std::vector<char> copy(piece.begin(), piece.end());
    reader.feed({copy.data(), copy.size()}, provider, question, scratch);
    at += piece.size();
  }
  reader.end(provider, question, scratch);
  const core::Reading& all = reader.reading();
  return std::tuple(all.evidence, all.spoke, all.complete, all.failed,
                    all.completion_tokens, all.total_tokens, all.error,
                    reader.size(), reader.is_html());
}

}  // namespace

void fuzz::events(Input input) {
  static const auto providers = core::all_providers();
  const core::Provider& provider = *providers[input.byte() % providers.size()];
  const core::Question question{
      .kind = static_cast<core::Kind>(input.byte() % 11),
      .model = "m",
      .public_name = "m"};
  const std::string_view sizes = input.text();
  const std::string_view answer = input.rest();
  const auto whole = read(provider, question, answer, {});
  fuzz::require(read(provider, question, answer, sizes) == whole);
  using namespace std::string_view_literals;
  fuzz::require(read(provider, question, answer, "\0"sv) == whole);
}
