#pragma once

#include <string>
#include <string_view>

#include "core/provider.h"

namespace core {

// Where a vendor that speaks as OpenAI does has what; "" where it has not.
struct Dialect {
  std::string_view name;
  std::string_view prefix = "/v1";  // before all of the paths
  std::string_view list = "/models";
  std::string_view chat = "/chat/completions";
  std::string_view responses = "/responses";
  std::string_view embedding = "/embeddings";
  std::string_view rerank = "/rerank";
  std::string_view moderation = "";
  std::string_view image = "";
  std::string_view speech = "";
  std::string_view transcription = "";
  std::string_view video = "";
  std::string_view realtime = "";
};

// OpenAI's protocol, and that of the many vendors who differ from it by paths
// alone; those who differ in more derive from it.
class OpenaiLike : public Provider {
 public:
  explicit OpenaiLike(const Dialect& dialect) : dialect_(dialect) {}

  std::string_view name() const override { return dialect_.name; }
  bool can(const Endpoint& endpoint, Kind kind) const override;
  base::Sentence prepare(const Channel& channel, const Schema& schema,
                         Endpoint& endpoint) const override;
  std::size_t list_places(const Endpoint& endpoint) const override;
  void read(const base::json::Document& text, const Question& question,
            bool is_event, Reading& reading) const override;
  std::string_view usual_end() const override { return dialect_.chat; }

 protected:
  ~OpenaiLike() = default;

  void ask_list(const Asking& asking, std::string_view cursor,
                std::size_t place, base::http::Request& request) const override;
  void ask(const Asking& asking, const Question& question,
           base::http::Request& request) const override;

  virtual std::string path_of(const Question& question) const;
  virtual void authorize(const Asking& asking,
                         base::http::Request& request) const;

  // Puts what is asked into the body; `path` in the request is there already.
  static void fill(const Question& question, base::http::Request& request);

  const Dialect& dialect() const { return dialect_; }

 private:
  Dialect dialect_;
};

// Asks as OpenAI is asked, below another address of the same upstream.
void ask_as_openai(const Asking& asking, const Question& question,
                   std::string base, base::http::Request& request);

}  // namespace core
