#include "core/channel_type.h"

#include <string>
#include <vector>

#include "catch.h"

using core::channel_type;
using core::Product;

TEST_CASE("a number means another vendor in another product") {
  struct Row {
    std::int64_t id;
    std::string oneapi, newapi, onehub;  // "" is unknown
  };
  for (const Row& row :
       std::vector<Row>{{1, "OpenAI", "OpenAI", "OpenAI"},
                        {2, "API2D", "Midjourney", ""},
                        {4, "CloseAI", "Ollama", ""},
                        {24, "Gemini", "Gemini", "AzureSpeech"},
                        {25, "Moonshot", "Moonshot", "Gemini"},
                        {26, "Baichuan", "Zhipu v4", "Baichuan"},
                        {27, "MiniMax", "Perplexity", "MiniMax"},
                        {28, "Mistral", "", "Deepseek"},
                        {30, "Ollama", "", "Mistral"},
                        {36, "DeepSeek", "Suno", "Cohere"},
                        {43, "Proxy", "DeepSeek", "LLAMA"},
                        {45, "xAI", "VolcEngine", "Siliconflow"},
                        {50, "OpenAI-compatible", "Kling", ""},
                        {56, "", "Replicate", "xAI"},
                        {0, "", "", ""},
                        {-1, "", "", ""},
                        {99, "", "", ""}}) {
    const auto name = [&](Product product) {
      const auto* type = channel_type(product, row.id);
      return std::string(type == nullptr ? "" : type->name);
    };
    INFO(row.id);
    CHECK(name(Product::oneapi) == row.oneapi);
    CHECK(name(Product::newapi) == row.newapi);
    CHECK(name(Product::onehub) == row.onehub);
  }
}

TEST_CASE("every known number is found, and its host fits its protocol") {
  for (const auto product :
       {Product::oneapi, Product::newapi, Product::onehub}) {
    int known = 0;
    for (std::int64_t id = 0; id < 100; ++id) {
      const auto* type = channel_type(product, id);
      if (type == nullptr) continue;
      ++known;
      CHECK(type->id == id);
      CHECK_FALSE(type->name.empty());
      CHECK((type->host.empty() || type->host.starts_with("http")));
    }
    CHECK(known > 30);
  }
}

TEST_CASE("agents, drawings and tasks have no probe") {
  for (const auto id : {2, 5, 36, 37, 49, 50, 51, 52, 54, 55, 56, 61}) {
    INFO(id);
    CHECK(channel_type(Product::newapi, id)->speech.provider == nullptr);
    CHECK_FALSE(channel_type(Product::newapi, id)->speech.has_own);
  }
  for (const auto id : {34, 38, 43, 46}) {
    CHECK(channel_type(Product::oneapi, id)->speech.provider == nullptr);
  }
}
