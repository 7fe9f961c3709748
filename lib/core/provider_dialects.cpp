#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"
#include "base/messages_probe.h"
#include "base/text.h"
#include "core/channel.h"
#include "core/product.h"
#include "core/provider_openai.h"
#include "core/provider_zhipu.h"
#include "core/providers.h"

// Vendors who speak as OpenAI does, and differ in little (contract 5.4).
namespace core {

namespace {

using base::json::Document;
using base::json::quote;
namespace say = base::say;

// The base URL has the version in it already, as one-api's type 50 wants it.
// Google's own list says "models/" before each name.
class Bare final : public OpenaiLike {
 public:
  Bare()
      : OpenaiLike({.name = "openai_bare",
                    .prefix = "",
                    .moderation = "/moderations",
                    .image = "/images/generations",
                    .speech = "/audio/speech",
                    .transcription = "/audio/transcriptions"}) {}

  ListPage read_list(const Document& page,
                     const Endpoint& endpoint) const override {
    ListPage list = OpenaiLike::read_list(page, endpoint);
    for (std::string& id : list.ids) {
      if (id.starts_with("models/")) id.erase(0, 7);
    }
    return list;
  }
};

// new-api's custom channel: the base URL is the whole address of a request,
// with the model's name in it where it says "{model}".
class Custom final : public OpenaiLike {
 public:
  Custom()
      : OpenaiLike({.name = "custom",
                    .prefix = "",
                    .list = "",
                    .responses = "",
                    .embedding = "",
                    .rerank = ""}) {}

  std::string_view usual_end() const override { return {}; }

 protected:
  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    OpenaiLike::ask(asking, question, request);
    request.url =
        base::replaced(asking.endpoint.base, "{model}", question.model);
  }
};

class Openrouter final : public OpenaiLike {
 public:
  Openrouter() : OpenaiLike({.name = "openrouter"}) {}

  base::Sentence prepare(const Channel& channel, const Schema& schema,
                         Endpoint& endpoint) const override {
    Document settings;
    // Its answers are wrapped once more.
    if (schema.product == Product::newapi && settings.parse(channel.settings) &&
        settings.truth("/openrouter_enterprise").value_or(false)) {
      endpoint.emulated = false;
    }
    return OpenaiLike::prepare(channel, schema, endpoint);
  }
};

// Its models have names, not ids, in a list without anything around it.
class Github final : public OpenaiLike {
 public:
  Github()
      : OpenaiLike(
            {.name = "github", .prefix = "", .responses = "", .rerank = ""}) {}

  ListPage read_list(const Document& page,
                     const Endpoint& endpoint) const override {
    if (!page.is_array("")) return OpenaiLike::read_list(page, endpoint);
    return {.ids = page.texts("", "name")};
  }
};

// Nothing but embeddings and ranking, whatever a name says.
class Jina final : public OpenaiLike {
 public:
  Jina() : OpenaiLike({.name = "jina", .chat = "", .responses = ""}) {}

  std::optional<Kind> kind_of(std::string_view model) const override {
    const bool ranks = base::lower(model).find("rerank") != std::string::npos;
    return ranks ? Kind::rerank : Kind::embedding;
  }
};

class Mokaai final : public OpenaiLike {
 public:
  Mokaai()
      : OpenaiLike({.name = "mokaai",
                    .prefix = "",
                    .list = "",
                    .chat = "",
                    .responses = "",
                    .rerank = ""}) {}

  std::optional<Kind> kind_of(std::string_view /*model*/) const override {
    return Kind::embedding;
  }
};

// one-hub asks at OpenAI's path, the others at the older one.
class Minimax final : public OpenaiLike {
 public:
  Minimax()
      : OpenaiLike({.name = "minimax",
                    .chat = "/text/chatcompletion_v2",
                    .responses = "",
                    .embedding = "",
                    .rerank = ""}) {}

 protected:
  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    OpenaiLike::ask(asking, question, request);
    const Endpoint& endpoint = asking.endpoint;
    if (endpoint.product != Product::onehub) return;
    request.url = endpoint.base + endpoint.prefix + "/chat/completions";
  }
};

// Key and secret of the older protocol of Zhipu, joined by a dot, are no key
// but make one (contract 5.4): new-api sent it to the newer one, too, until the
// middle of 2025.
class ZhipuV4 final : public OpenaiLike {
 public:
  ZhipuV4()
      : OpenaiLike({.name = "zhipu_v4",
                    .prefix = "/api/paas/v4",
                    .responses = "",
                    .image = "/images/generations"}) {}

  base::Sentence prepare(const Channel& channel, const Schema& schema,
                         Endpoint& endpoint) const override {
    if (!schema.has_channel_info()) endpoint.notes["signed"] = "yes";
    return OpenaiLike::prepare(channel, schema, endpoint);
  }

 protected:
  void authorize(const Asking& asking,
                 base::http::Request& request) const override {
    if (asking.endpoint.noted("signed").empty()) {
      return OpenaiLike::authorize(asking, request);
    }
    set_bearer(request, zhipu_token(asking.key, asking.now));
  }
};

class Volcengine final : public OpenaiLike {
 public:
  Volcengine()
      : OpenaiLike({.name = "volcengine",
                    .prefix = "/api/v3",
                    .rerank = "",
                    .image = "/images/generations"}) {}

  // The second is where new-api looks.
  std::size_t list_places(const Endpoint& endpoint) const override {
    return endpoint.prefix.empty() ? 1 : 2;
  }

 protected:
  void ask_list(const Asking& asking, std::string_view cursor,
                std::size_t place,
                base::http::Request& request) const override {
    OpenaiLike::ask_list(asking, cursor, place, request);
    if (place > 0) request.url = asking.endpoint.base + "/v1/models";
  }

  std::string path_of(const Question& question) const override {
    if (question.kind == Kind::chat && question.model.starts_with("bot")) {
      return "/bots/chat/completions";
    }
    if (is_seeing(question)) return "/embeddings/multimodal";
    return OpenaiLike::path_of(question);
  }

  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    OpenaiLike::ask(asking, question, request);
    if (!is_seeing(question)) return;
    set_json(
        request,
        fmt::format(
            R"({{"model":{},"input":[{{"type":"text","text":"hello world"}}]}})",
            quote(question.model)));
  }

 private:
  // What embeds pictures takes texts only in the form of a list of parts.
  static bool is_seeing(const Question& question) {
    return question.kind == Kind::embedding &&
           question.model.find("vision") != std::string::npos;
  }
};

// new-api's keys are "token|appid", the second for a header of its own; others
// send what they have as it is.
class BaiduV2 final : public OpenaiLike {
 public:
  BaiduV2()
      : OpenaiLike({.name = "baidu_v2",
                    .prefix = "/v2",
                    .responses = "",
                    .embedding = "",
                    .rerank = "",
                    .image = "/images/generations"}) {}

  base::Sentence prepare(const Channel& channel, const Schema& schema,
                         Endpoint& endpoint) const override {
    if (schema.has_channel_info()) endpoint.notes["split"] = "yes";
    return OpenaiLike::prepare(channel, schema, endpoint);
  }

 protected:
  void authorize(const Asking& asking,
                 base::http::Request& request) const override {
    if (asking.endpoint.noted("split").empty()) {
      return OpenaiLike::authorize(asking, request);
    }
    const auto parts = base::split(asking.key.reveal(), '|');
    set_bearer(request, base::Secret(std::string(parts.front())));
    if (parts.size() > 1 && !parts[1].empty()) {
      set_header(request, "appid", parts[1]);
    }
  }
};

class AliCompatible final : public OpenaiLike {
 public:
  AliCompatible()
      : OpenaiLike({.name = "ali_compatible",
                    .prefix = "/compatible-mode/v1",
                    .responses = ""}) {}

 protected:
  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override {
    OpenaiLike::ask(asking, question, request);
    if (question.kind != Kind::rerank) return;
    request.url = asking.endpoint.base +
                  "/api/v1/services/rerank/text-rerank/text-rerank";
    set_json(
        request,
        fmt::format(
            R"({{"model":{},"input":{{"query":"hello","documents":["hello world","good night"]}},"parameters":{{"top_n":2}}}})",
            quote(question.model)));
  }
};

// The account is part of the address: new-api has it in `other`, one-api in
// `config`.
class Cloudflare final : public OpenaiLike {
 public:
  Cloudflare()
      : OpenaiLike({.name = "cloudflare",
                    .prefix = "/ai/v1",
                    .list = "",
                    .rerank = ""}) {}

  base::Sentence prepare(const Channel& channel, const Schema& schema,
                         Endpoint& endpoint) const override {
    if (schema.product == Product::oneapi && endpoint.base.ends_with(gateway)) {
      endpoint.prefix = "/v1";
      return {};
    }
    std::string account = channel.other;
    Document config;
    if (schema.product == Product::oneapi && config.parse(channel.config)) {
      account = config.text("/user_id").value_or(account);
    }
    if (account.empty()) return {say::no_account};
    endpoint.prefix =
        fmt::format("/client/v4/accounts/{}/ai/v1", base::trimmed(account));
    return {};
  }

  std::string_view usual_end() const override { return {}; }

 private:
  static constexpr std::string_view gateway = "/workers-ai";
};

}  // namespace

const Provider& openai_bare_provider() {
  static const Bare provider;
  return provider;
}

const Provider& custom_provider() {
  static const Custom provider;
  return provider;
}

const Provider& openrouter_provider() {
  static const Openrouter provider;
  return provider;
}

const Provider& perplexity_provider() {
  static const struct Perplexity final : OpenaiLike {
    Perplexity()
        : OpenaiLike({.name = "perplexity",
                      .prefix = "",
                      .list = "",
                      .responses = "",
                      .embedding = "",
                      .rerank = ""}) {}
  } provider;
  return provider;
}

const Provider& github_provider() {
  static const Github provider;
  return provider;
}

const Provider& jina_provider() {
  static const Jina provider;
  return provider;
}

const Provider& mokaai_provider() {
  static const Mokaai provider;
  return provider;
}

const Provider& minimax_provider() {
  static const Minimax provider;
  return provider;
}

const Provider& zhipu_v4_provider() {
  static const ZhipuV4 provider;
  return provider;
}

const Provider& volcengine_provider() {
  static const Volcengine provider;
  return provider;
}

const Provider& baidu_v2_provider() {
  static const BaiduV2 provider;
  return provider;
}

const Provider& ali_compatible_provider() {
  static const AliCompatible provider;
  return provider;
}

const Provider& cloudflare_provider() {
  static const Cloudflare provider;
  return provider;
}

}  // namespace core
