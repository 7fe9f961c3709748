#include "base/text.h"

#include <array>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "base/redact.h"
#include "config/dsn.h"
#include "core/channel_type.h"
#include "core/provider.h"
#include "core/reader.h"
#include "properties/property.h"

// Texts that others wrote: what is hidden in them, and how they are read.

using property::any_bytes;
using property::any_text;

namespace {

// A key as vendors make them, or a password as people do.
std::string any_secret() {
  static const std::string letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  static const std::string special = "-_+/=.:@%&?#\"\\' {}<>$!~^|";
  std::string secret;
  const int length = *rc::gen::inRange(10, 50);
  for (int i = 0; i < length; ++i) {
    secret += *rc::gen::weightedElement<char>(
        {{8, *rc::gen::elementOf(letters)}, {1, *rc::gen::elementOf(special)}});
  }
  return secret;
}

// What base64 says of `secret` wherever it may stand in a longer text: its
// first and last letters hold bits of the neighbours.
std::vector<std::string> base64_forms(const std::string& secret) {
  std::vector<std::string> forms;
  for (std::size_t shift = 0; shift < 3; ++shift) {
    const std::string whole = base::base64(std::string(shift, 'x') + secret);
    const std::size_t begin = shift == 0 ? 0 : shift + 1;
    const std::size_t end = (shift + secret.size()) * 8 / 6;
    forms.push_back(whole.substr(begin, end - begin));
  }
  return forms;
}

std::string summary(const core::Reader& reader) {
  const core::Reading& read = reader.reading();
  return fmt::format(
      "evidence {} spoke {} complete {} failed {} {}/{} html {} "
      "size {} error {}",
      read.evidence, read.spoke, read.complete, read.failed,
      read.completion_tokens, read.total_tokens, reader.is_html(),
      reader.size(), read.error);
}

// The answer in pieces of these sizes, over and over.
std::string read_in(const std::vector<std::size_t>& sizes,
                    const std::string& answer, const core::Provider& provider,
                    const core::Question& question) {
  core::Reader reader;
  base::json::Document scratch;
  std::size_t at = 0;
  for (std::size_t i = 0; at < answer.size(); ++i) {
    const std::string piece = answer.substr(at, sizes[i % sizes.size()]);
    reader.feed(piece, provider, question, scratch);
    at += piece.size();
  }
  reader.end(provider, question, scratch);
  return summary(reader);
}

std::string any_event() {
  const std::string line_end = property::one_of({"\n", "\r\n"});
  const std::string data = property::one_of(
      {R"({"choices":[{"delta":{"content":"Hi"}}]})",
       R"({"choices":[{"delta":{"reasoning_content":"so"}}]})",
       R"({"choices":[],"usage":{"completion_tokens":3,"total_tokens":5}})",
       R"({"error":{"message":"no","code":"model_not_found"}})",
       R"({"type":"content_block_delta","delta":{"text":"x"}})",
       R"({"candidates":[{"content":{"parts":[{"text":"x"}]}}]})", "[DONE]",
       any_bytes(4)});
  const std::string head =
      property::one_of({"", "event: message" + line_end, ": comment" + line_end,
                        "id:1" + line_end, "retry: 3" + line_end});
  const std::string gap = property::one_of({"", " "});
  const std::string between = property::one_of({line_end, line_end, ""});
  return head + "data:" + gap + data + line_end + between;
}

std::string any_answer() {
  std::string answer = property::one_of(
      {"", "", "", "\xef\xbb\xbf", "\r\n", "\xef\xbb\xbf \n", any_bytes(3),
       "<html>", R"({"error":{"message":"no"}})", "[", "d", "even"});
  const int count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i)
    answer += any_event();
  return answer;
}

}  // namespace

TEST_CASE("what is written as JSON is read as it was") {
  property::holds(500, [] {
    const std::string text = any_bytes(20);
    base::json::Document document;
    RC_ASSERT(document.parse(base::json::quote(text)));
    RC_ASSERT(std::string(document.text("").value()) == base::as_utf8(text));
    const std::string member = base::json::Writer()
                                   .begin_object()
                                   .member(text, text)
                                   .end_object()
                                   .take();
    RC_ASSERT(document.parse(member));
    const auto members = document.strings("");
    RC_ASSERT(members.has_value());
    RC_ASSERT(members->at(0).first == base::as_utf8(text));
    RC_ASSERT(members->at(0).second == base::as_utf8(text));
  });
}

TEST_CASE("what is printable has nothing that a terminal obeys") {
  property::holds(500, [] {
    const std::string shown = base::printable(any_bytes(20));
    RC_ASSERT(base::is_utf8(shown));
    RC_ASSERT(!base::has_control(shown));
    RC_ASSERT(base::printable(shown) == shown);
    RC_ASSERT(base::is_utf8(base::as_utf8(any_bytes(20))));
  });
}

TEST_CASE("no secret is left of a text in any form, whatever is around it") {
  property::holds(300, [] {
    const std::string secret = any_secret();
    base::Redactor redactor;
    redactor.add(base::Secret(secret));
    const std::string quoted = base::json::quote(secret);
    const std::string escaped = quoted.substr(1, quoted.size() - 2);
    const auto in_base64 = base64_forms(secret);
    std::vector<std::string> forms = in_base64;
    forms.insert(forms.end(), {secret, base::percent_encoded(secret), escaped});
    if (secret.size() >= base::SecretIndex::shortest_part) {
      forms.push_back(base::base64(secret).insert(6, "\n"));
      forms.push_back(secret.substr(0, 5) + "\r\n " + secret.substr(5));
    }
    std::string text = any_bytes(8);
    const int times = *rc::gen::inRange(1, 4);
    for (int i = 0; i < times; ++i) {
      text += *rc::gen::elementOf(forms);
      text += any_bytes(8);
    }
    text += base::base64(any_bytes(3) + secret + any_bytes(3));
    const std::string shown = redactor.redact(text);
    for (const std::string& form : forms) {
      RC_ASSERT(shown.find(form) == std::string::npos);
    }
    RC_ASSERT(base::is_utf8(shown));
    RC_ASSERT(redactor.redact(shown) == shown);
    const std::string cut = redactor.excerpt(text);
    for (const std::string& form : forms) {
      RC_ASSERT(cut.find(form) == std::string::npos);
    }
  });
}

TEST_CASE("an answer reads the same in whatever pieces it comes") {
  static const auto providers = core::all_providers();
  property::holds(1500, [] {
    const core::Provider& provider = **rc::gen::elementOf(providers);
    core::Question question;
    question.kind = static_cast<core::Kind>(*rc::gen::inRange(0, 11));
    question.model = "m";
    const std::string answer = any_answer();
    std::vector<std::size_t> sizes;
    const int count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i)
      sizes.push_back(*rc::gen::inRange<std::size_t>(1, 30));
    const std::string whole =
        read_in({answer.size() + 1}, answer, provider, question);
    RC_TAG(std::string(provider.name()));
    RC_ASSERT(read_in(sizes, answer, provider, question) == whole);
    RC_ASSERT(read_in({1}, answer, provider, question) == whole);
  });
}

TEST_CASE("a DSN of any bytes is read, or refused without a word of it") {
  property::holds(500, [] {
    const auto engine =
        *rc::gen::element(config::Engine::mysql, config::Engine::sqlite,
                          config::Engine::postgres);
    const std::string planted = "pl4nted-p4ssw0rd";
    const std::string dsn = property::one_of(
        {any_bytes(12), "postgres://u:" + planted + "@" + any_bytes(6),
         "u:" + planted + "@tcp(" + any_bytes(4) + ")/" + any_bytes(4),
         "host=" + any_bytes(3) + " password='" + planted + "' " + any_bytes(4),
         "file:" + any_bytes(5) + "?" + any_bytes(5)});
    const auto address = config::address_of(engine, dsn);
    if (const auto* why = std::get_if<base::Sentence>(&address)) {
      for (const auto language : {base::Language::en, base::Language::zh}) {
        RC_ASSERT(!why->in(language).empty());
        RC_ASSERT(why->in(language).find(planted) == std::string::npos);
      }
      return;
    }
    // Where the password was read as one, the address tells nothing of it.
    const auto& read = std::get<config::Address>(address);
    if (read.password.reveal() == planted) {
      RC_ASSERT(config::shown(read).find(planted) == std::string::npos);
      RC_ASSERT(config::identity(read).find(planted) == std::string::npos);
    }
  });
}

TEST_CASE("what a DSN is put together from is what is read of it") {
  property::holds(300, [] {
    const auto word = rc::gen::nonEmpty(rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("abcXYZ019_-"))));
    const std::string user = *word;
    const std::string database = *word;
    const std::string password = any_text(5);
    const int port = *rc::gen::inRange(1, 65536);
    const auto read = config::address_of(
        config::Engine::postgres,
        fmt::format("postgres://{}:{}@h:{}/{}", user,
                    base::percent_encoded(password), port, database));
    RC_ASSERT(std::holds_alternative<config::Address>(read));
    const auto& address = std::get<config::Address>(read);
    RC_ASSERT(address.user == user);
    RC_ASSERT(address.password.reveal() == password);
    RC_ASSERT(address.port == port);
    RC_ASSERT(address.database == database);
  });
}
