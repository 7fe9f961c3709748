#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/candidates.h"
#include "core/channel_type.h"
#include "core/names.h"
#include "core/outcome.h"
#include "core/provider.h"
#include "core/reader.h"
#include "net/pace.h"

// What runs for every probe, event or name, alone.

namespace {

core::Endpoint endpoint() {
  core::Endpoint endpoint;
  endpoint.provider = core::provider_named("openai");
  endpoint.base = "https://up.example";
  endpoint.prefix = "/v1";
  return endpoint;
}

std::string list_of(std::int64_t count) {
  std::string list;
  for (std::int64_t i = 0; i < count; ++i)
    list += fmt::format("{}vendor/model-{}", i == 0 ? "" : ",", i);
  return list;
}

void classify(benchmark::State& state) {
  const core::Answer answer{
      .status = 429,
      .error =
          "Rate limit reached for gpt-4o-mini in organization on tokens "
          "per min. Please try again later."};
  for (auto _ : state) {
    benchmark::DoNotOptimize(core::outcome_of(answer, "gpt-4o-mini"));
  }
}
BENCHMARK(classify);

void build_request(benchmark::State& state) {
  const core::Endpoint to = endpoint();
  const base::Secret key("sk-0123456789abcdef");
  const core::Question question{.model = "gpt-4o-mini"};
  for (auto _ : state) {
    benchmark::DoNotOptimize(to.provider->probe_request({to, key}, question));
  }
}
BENCHMARK(build_request);

// A stream of so many events, as it comes in pieces of a packet.
void read_stream(benchmark::State& state) {
  std::string stream;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    stream +=
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\","
        "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"},"
        "\"finish_reason\":null}]}\n\n";
  }
  stream += "data: [DONE]\n\n";
  const core::Provider& provider = *core::provider_named("openai");
  const core::Question question{.model = "m"};
  base::json::Document scratch;
  for (auto _ : state) {
    core::Reader reader;
    for (std::size_t at = 0; at < stream.size(); at += 1400) {
      reader.feed(std::string_view(stream).substr(at, 1400), provider, question,
                  scratch);
    }
    reader.end(provider, question, scratch);
    benchmark::DoNotOptimize(reader.reading());
  }
  state.SetComplexityN(state.range(0));
}
BENCHMARK(read_stream)->RangeMultiplier(10)->Range(10, 100'000)->Complexity();

void split_list(benchmark::State& state) {
  const std::string list = list_of(state.range(0));
  for (auto _ : state)
    benchmark::DoNotOptimize(core::names_of(list));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(split_list)->RangeMultiplier(10)->Range(10, 100'000)->Complexity();

void collect_candidates(benchmark::State& state) {
  core::Channel channel;
  channel.models = list_of(state.range(0));
  const core::Schema schema;
  const core::ModelMapping mapping;
  const core::ChannelMemory memory;
  const std::optional<std::vector<std::string>> offered =
      core::names_of(list_of(state.range(0)));
  const core::CandidatePolicy policy;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        core::candidates_of({channel, schema, mapping, memory, offered}, policy,
                            [](const auto& names) { return names; }));
  }
  state.SetComplexityN(state.range(0));
}
BENCHMARK(collect_candidates)
    ->RangeMultiplier(10)
    ->Range(10, 100'000)
    ->Complexity();

// So many requests of fifty to a lane, queued, let go and ended.
void pace(benchmark::State& state) {
  for (auto _ : state) {
    net::Pace queue({.lane = {.concurrent = 50, .rps = 0},
                     .in_flight = 512,
                     .per_host = 512});
    const auto count = static_cast<net::Pace::Ticket>(state.range(0));
    for (net::Pace::Ticket ticket = 1; ticket <= count; ++ticket) {
      queue.add(ticket, static_cast<net::Lane>(ticket / 50), "h:443");
    }
    net::Pace::Ticket ended = 0;
    while (ended < count) {
      for (const auto ticket : queue.release(base::Time())) {
        queue.reached(ticket);
        queue.remove(ticket);
        ++ended;
      }
    }
  }
  state.SetComplexityN(state.range(0));
}
BENCHMARK(pace)->RangeMultiplier(10)->Range(10, 100'000)->Complexity();

}  // namespace

BENCHMARK_MAIN();
