#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "base/text.h"
#include "catch.h"
#include "core/channel_type.h"
#include "core/reader.h"
#include "demo/upstream.h"
#include "demo/vendor.h"
#include "transcript.h"

// What every provider sends is what its transcript says, and its vendor takes
// it.  UPDATE_TRANSCRIPTS=1 in the environment writes them anew.

namespace {

using transcript::Act;
using transcript::Head;
using transcript::Play;

std::string file_of(std::string_view provider) {
  return fmt::format("{}/transcripts/{}.txt", TEST_DATA, provider);
}

std::string text_in(const std::string& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// For a provider that has none yet: the first channel that speaks with it.
std::string first_head(const core::Provider& provider) {
  for (const auto product :
       {core::Product::newapi, core::Product::oneapi, core::Product::onehub}) {
    for (const core::ChannelType& type : core::channel_types(product)) {
      if (type.speech.provider == nullptr) continue;
      if (&type.speech.provider() != &provider) continue;
      return fmt::format("channel {} {}\nkey: a-made-up-key\n",
                         core::name_of(product), type.id);
    }
  }
  return {};
}

// The first lines that differ, as a diff shows them.
std::string difference(const std::string& file, const std::string& made) {
  const auto before = base::split(file, '\n');
  const auto after = base::split(made, '\n');
  std::string text;
  for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    const auto old = i < before.size() ? before[i] : "(the end)";
    const auto now = i < after.size() ? after[i] : "(the end)";
    if (old == now) continue;
    text += fmt::format("line {}:\n- {}\n+ {}\n", i + 1, old, now);
    if (text.size() > 2000) break;
  }
  return text;
}

bool is_updating() {
  const char* const wish = std::getenv("UPDATE_TRANSCRIPTS");
  return wish != nullptr && std::string_view(wish) == "1";
}

// What the vendor of `head` answers.
web::Reply answer_to(const Act& act, const Head& head, const Play& play) {
  demo::Site site{.vendor = head.vendor, .at = head.at};
  site.keys = {head.accepts.empty() ? head.channel.key.reveal() : head.accepts};
  for (const Act& other : play.acts) {
    const bool has_other_name =
        other.question.kind == core::Kind::chat && !head.offers.empty();
    if (other.is_probe && !has_other_name) {
      site.models.push_back(other.question.model);
    }
  }
  if (!head.offers.empty()) site.models.push_back(head.offers);
  demo::Upstream upstream({.now = transcript::time()});
  upstream.set("", site);
  base::http::Request request = act.request;
  const std::size_t host = request.url.find("//");
  const std::size_t path = request.url.find('/', host + 2);
  request.headers.emplace_back("Host",
                               request.url.substr(host + 2, path - host - 2));
  request.url.erase(0, path);
  return upstream.answer(request);
}

std::string text_of(const web::Reply& reply) {
  std::string text = reply.raw.substr(
      std::min(reply.raw.find("\r\n\r\n") + 4, reply.raw.size()));
  for (const web::Piece& piece : reply.body)
    text += piece.bytes;
  return text;
}

bool is_evidence(const std::string& text, const Act& act,
                 const core::Provider& provider) {
  core::Reader reader;
  base::json::Document scratch;
  reader.feed(text, provider, act.question, scratch);
  reader.end(provider, act.question, scratch);
  return reader.reading().evidence && !reader.reading().failed;
}

// A stream is answered by one, where it is asked for otherwise than the whole.
void check_stream(const web::Reply& reply, const Act& act, const Act& whole) {
  const bool is_same = act.request.url == whole.request.url &&
                       act.request.headers == whole.request.headers &&
                       act.request.body == whole.request.body;
  const auto type = base::http::value_of(reply.headers, "Content-Type");
  if (!is_same) CHECK(type != "application/json");
}

void check_vendor(const Head& head, const Play& play) {
  const core::Provider& provider = *play.endpoint.provider;
  for (const Act& act : play.acts) {
    const web::Reply reply = answer_to(act, head, play);
    const std::string text = text_of(reply);
    INFO(head.vendor << ", " << act.title << ": " << text);
    // Where there are two places, one of them is wrong.
    if (act.title == "list, at another place") continue;
    CHECK(reply.status == 200);
    if (act.title.ends_with(", in a stream")) {
      check_stream(reply, act, *std::next(&act));
    }
    if (act.is_probe) {
      CHECK(is_evidence(text, act, provider));
    } else if (act.title.starts_with("list")) {
      base::json::Document page;
      REQUIRE(page.parse(text));
      const auto ids = provider.read_list(page, play.endpoint).ids;
      if (act.title == "list") CHECK_FALSE(ids.empty());
    }
  }
}

}  // namespace

TEST_CASE("every provider sends what its transcript says, to its liking") {
  for (const core::Provider* provider : core::all_providers()) {
    const std::string file = file_of(provider->name());
    std::string before = text_in(file);
    INFO(file);
    if (before.empty() && is_updating()) before = first_head(*provider);
    const auto heads = transcript::heads_in(before);
    CHECK_FALSE(heads.empty());
    std::string made;
    std::set<core::Kind> possible;
    std::set<core::Kind> asked;
    for (const Head& head : heads) {
      INFO("channel " << head.product << ' ' << head.channel.type);
      const Play play = transcript::play(head);
      CHECK(play.endpoint.provider == provider);
      const auto kinds = transcript::kinds_of(play.endpoint);
      possible.insert(kinds.begin(), kinds.end());
      for (const Act& act : play.acts) {
        if (act.is_probe) asked.insert(act.question.kind);
      }
      made += (made.empty() ? "" : "\n") + written(head, play);
      if (head.vendor.empty()) {
        FAIL_CHECK("no vendor has to accept it");
      } else if (head.vendor != "nobody") {
        check_vendor(head, play);
      }
    }
    CHECK(asked == possible);
    if (is_updating()) {
      std::ofstream(file) << made;
    } else {
      CHECK(difference(before, made) == "");
    }
  }
}

TEST_CASE("Amazon notices what was changed after it was signed") {
  const Head head = transcript::heads_in(text_in(file_of("bedrock"))).at(0);
  Play play = transcript::play(head);
  Act& act = play.acts.at(0);
  CHECK(answer_to(act, head, play).status == 200);
  const auto refused = [&](const Act& changed) {
    return answer_to(changed, head, play).status == 403;
  };
  Act other = act;
  other.request.body.insert(1, " ");
  CHECK(refused(other));
  other = act;
  other.request.url.replace(other.request.url.find("claude"), 6, "cloude");
  CHECK(refused(other));
  other = act;
  core::set_header(other.request, "X-Amz-Date", "20260921T151320Z");
  CHECK(refused(other));
  other = act;
  core::set_header(other.request, "Content-Type", "application/json; x=y");
  CHECK(refused(other));
}

TEST_CASE("there is a transcript of nobody else") {
  std::set<std::string> names;
  for (const core::Provider* provider : core::all_providers()) {
    names.insert(std::string(provider->name()) + ".txt");
  }
  for (const auto& entry : std::filesystem::directory_iterator(
           std::string(TEST_DATA) + "/transcripts")) {
    INFO(entry.path());
    CHECK(names.contains(entry.path().filename().string()));
  }
}
