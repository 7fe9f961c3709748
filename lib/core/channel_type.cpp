#include "core/channel_type.h"

#include <algorithm>
#include <array>
#include <span>

#include "core/channel.h"
#include "core/provider.h"
#include "core/providers.h"

namespace core {

namespace {

constexpr Speech own{.has_own = true};
constexpr Speech none{};

constexpr Speech openai{&openai_provider};
constexpr Speech bare{&openai_bare_provider};
constexpr Speech custom{&custom_provider};
constexpr Speech openrouter{&openrouter_provider};
constexpr Speech perplexity{&perplexity_provider};
constexpr Speech github{&github_provider};
constexpr Speech jina{&jina_provider};
constexpr Speech mokaai{&mokaai_provider};
constexpr Speech minimax{&minimax_provider};
constexpr Speech zhipu_v4{&zhipu_v4_provider};
constexpr Speech volcengine{&volcengine_provider};
constexpr Speech baidu_v2{&baidu_v2_provider};
constexpr Speech ali_compatible{&ali_compatible_provider};
constexpr Speech cloudflare{&cloudflare_provider};
constexpr Speech advanced{&advanced_custom_provider};
constexpr Speech ali{&ali_provider};
constexpr Speech anthropic{&anthropic_provider};
constexpr Speech azure{&azure_provider};
constexpr Speech azure_v1{&azure_v1_provider};
constexpr Speech bedrock{&bedrock_provider};
constexpr Speech cloudflare_run{&cloudflare_run_provider};
constexpr Speech codex{&codex_provider};
constexpr Speech cohere{&cohere_provider};
constexpr Speech cohere_v2{&cohere_v2_provider};
constexpr Speech gemini{&gemini_provider};
constexpr Speech ollama{&ollama_provider};
constexpr Speech vertex{&vertex_provider};
constexpr Speech zhipu{&zhipu_provider};
constexpr Speech zhipu_v3{&zhipu_v3_provider};

constexpr ChannelType oneapi_types[] = {
    {1, "OpenAI", openai, "https://api.openai.com"},
    {2, "API2D", openai, "https://oa.api2d.net"},
    {3, "Azure", azure, ""},
    {4, "CloseAI", openai, "https://api.closeai-proxy.xyz"},
    {5, "OpenAI-SB", openai, "https://api.openai-sb.com"},
    {6, "OpenAIMax", openai, "https://api.openaimax.com"},
    {7, "OhMyGPT", openai, "https://api.ohmygpt.com"},
    {8, "Custom", openai, ""},
    {9, "AILS", openai, "https://api.caipacity.com"},
    {10, "AIProxy", openai, "https://api.aiproxy.io"},
    {11, "PaLM", own, "https://generativelanguage.googleapis.com"},
    {12, "API2GPT", openai, "https://api.api2gpt.com"},
    {13, "AIGC2D", openai, "https://api.aigc2d.com"},
    {14, "Anthropic", anthropic, "https://api.anthropic.com"},
    {15, "Baidu", own, "https://aip.baidubce.com"},
    {16, "Zhipu", zhipu, "https://open.bigmodel.cn"},
    {17, "Ali", ali, "https://dashscope.aliyuncs.com"},
    {18, "Xunfei", own, ""},
    {19, "360", openai, "https://ai.360.cn"},
    {20, "OpenRouter", openrouter, "https://openrouter.ai/api"},
    {21, "AIProxyLibrary", own, "https://api.aiproxy.io"},
    {22, "FastGPT", openai, "https://fastgpt.run/api/openapi"},
    {23, "Tencent", own, "https://hunyuan.tencentcloudapi.com"},
    {24, "Gemini", gemini, "https://generativelanguage.googleapis.com"},
    {25, "Moonshot", openai, "https://api.moonshot.cn"},
    {26, "Baichuan", openai, "https://api.baichuan-ai.com"},
    {27, "MiniMax", minimax, "https://api.minimax.chat"},
    {28, "Mistral", openai, "https://api.mistral.ai"},
    {29, "Groq", openai, "https://api.groq.com/openai"},
    {30, "Ollama", ollama, "http://localhost:11434"},
    {31, "LingYiWanWu", openai, "https://api.lingyiwanwu.com"},
    {32, "StepFun", openai, "https://api.stepfun.com"},
    {33, "AWS", bedrock, ""},
    {34, "Coze", none, "https://api.coze.com"},
    {35, "Cohere", cohere, "https://api.cohere.ai"},
    {36, "DeepSeek", openai, "https://api.deepseek.com"},
    {37, "Cloudflare", cloudflare, "https://api.cloudflare.com"},
    {38, "DeepL", none, "https://api-free.deepl.com"},
    {39, "Together", openai, "https://api.together.xyz"},
    {40, "Doubao", volcengine, "https://ark.cn-beijing.volces.com"},
    {41, "Novita", bare, "https://api.novita.ai/v3/openai"},
    {42, "Vertex AI", vertex, ""},
    {43, "Proxy", none, ""},
    {44, "SiliconFlow", openai, "https://api.siliconflow.cn"},
    {45, "xAI", openai, "https://api.x.ai"},
    {46, "Replicate", none, "https://api.replicate.com/v1/models/"},
    {47, "Baidu v2", baidu_v2, "https://qianfan.baidubce.com"},
    {48, "Xunfei v2", openai, "https://spark-api-open.xf-yun.com"},
    {49, "Ali Bailian", ali_compatible, "https://dashscope.aliyuncs.com"},
    {50, "OpenAI-compatible", bare, ""},
    {51, "Gemini (OpenAI)", bare,
     "https://generativelanguage.googleapis.com/v1beta/openai/"},
};

constexpr ChannelType newapi_types[] = {
    {1, "OpenAI", openai, "https://api.openai.com"},
    {2, "Midjourney", none, ""},
    {3, "Azure", azure, ""},
    {4, "Ollama", ollama, "http://localhost:11434"},
    {5, "MidjourneyPlus", none, ""},
    {6, "OpenAIMax", openai, "https://api.openaimax.com"},
    {7, "OhMyGPT", openai, "https://api.ohmygpt.com"},
    {8, "Custom", custom, ""},
    {9, "AILS", openai, "https://api.caipacity.com"},
    {10, "AIProxy", openai, "https://api.aiproxy.io"},
    {11, "PaLM", own, ""},
    {12, "API2GPT", openai, "https://api.api2gpt.com"},
    {13, "AIGC2D", openai, "https://api.aigc2d.com"},
    {14, "Anthropic", anthropic, "https://api.anthropic.com"},
    {15, "Baidu", own, "https://aip.baidubce.com"},
    {16, "Zhipu", zhipu_v3, "https://open.bigmodel.cn"},
    {17, "Ali", ali_compatible, "https://dashscope.aliyuncs.com"},
    {18, "Xunfei", own, ""},
    {19, "360", openai, "https://api.360.cn"},
    {20, "OpenRouter", openrouter, "https://openrouter.ai/api"},
    {21, "AIProxyLibrary", own, "https://api.aiproxy.io"},
    {22, "FastGPT", openai, "https://fastgpt.run/api/openapi"},
    {23, "Tencent", own, "https://hunyuan.tencentcloudapi.com"},
    {24, "Gemini", gemini, "https://generativelanguage.googleapis.com"},
    {25, "Moonshot", openai, "https://api.moonshot.cn"},
    {26, "Zhipu v4", zhipu_v4, "https://open.bigmodel.cn"},
    {27, "Perplexity", perplexity, "https://api.perplexity.ai"},
    {31, "LingYiWanWu", openai, "https://api.lingyiwanwu.com"},
    {33, "AWS", bedrock, ""},
    {34, "Cohere", cohere, "https://api.cohere.ai"},
    {35, "MiniMax", minimax, "https://api.minimax.chat"},
    {36, "Suno", none, ""},
    {37, "Dify", none, "https://api.dify.ai"},
    {38, "Jina", jina, "https://api.jina.ai"},
    {39, "Cloudflare", cloudflare, "https://api.cloudflare.com"},
    {40, "SiliconFlow", openai, "https://api.siliconflow.cn"},
    {41, "Vertex AI", vertex, ""},
    {42, "Mistral", openai, "https://api.mistral.ai"},
    {43, "DeepSeek", openai, "https://api.deepseek.com"},
    {44, "MokaAI", mokaai, "https://api.moka.ai"},
    {45, "VolcEngine", volcengine, "https://ark.cn-beijing.volces.com"},
    {46, "Baidu v2", baidu_v2, "https://qianfan.baidubce.com"},
    {47, "Xinference", openai, ""},
    {48, "xAI", openai, "https://api.x.ai"},
    {49, "Coze", none, "https://api.coze.cn"},
    {50, "Kling", none, "https://api.klingai.com"},
    {51, "Jimeng", none, "https://visual.volcengineapi.com"},
    {52, "Vidu", none, "https://api.vidu.cn"},
    {53, "Submodel", openai, "https://llm.submodel.ai"},
    {54, "Doubao video", none, "https://ark.cn-beijing.volces.com"},
    {55, "Sora", none, "https://api.openai.com"},
    {56, "Replicate", none, "https://api.replicate.com"},
    {57, "Codex", codex, "https://chatgpt.com"},
    {58, "Advanced Custom", advanced, ""},
    {59, "Sub2API", openai, ""},
    {60, "New API", openai, ""},
    {61, "Task Plugin", none, ""},
    {62, "vLLM", openai, ""},
    {63, "SGLang", openai, ""},
};

constexpr ChannelType onehub_types[] = {
    {1, "OpenAI", openai, "https://api.openai.com"},
    {3, "Azure", azure, ""},
    {8, "Custom", openai, ""},
    {11, "PaLM", own, "https://generativelanguage.googleapis.com"},
    {14, "Anthropic", anthropic, "https://api.anthropic.com"},
    {15, "Baidu", own, "https://aip.baidubce.com"},
    {16, "Zhipu", zhipu, "https://open.bigmodel.cn/api/paas/v4"},
    {17, "Ali", ali, "https://dashscope.aliyuncs.com"},
    {18, "Xunfei", own, ""},
    {19, "360", openai, ""},
    {20, "OpenRouter", openrouter, "https://openrouter.ai/api"},
    {23, "Tencent", own, "https://hunyuan.cloud.tencent.com"},
    {24, "AzureSpeech", none, ""},
    {25, "Gemini", gemini, "https://generativelanguage.googleapis.com"},
    {26, "Baichuan", openai, "https://api.baichuan-ai.com"},
    {27, "MiniMax", minimax, "https://api.minimax.chat"},
    {28, "Deepseek", openai, "https://api.deepseek.com"},
    {29, "Moonshot", openai, "https://api.moonshot.cn"},
    {30, "Mistral", openai, "https://api.mistral.ai"},
    {31, "Groq", openai, "https://api.groq.com/openai"},
    {32, "Bedrock", bedrock, ""},
    {33, "Lingyi", openai, "https://api.lingyiwanwu.com"},
    {34, "Midjourney", none, ""},
    {35, "CloudflareAI", cloudflare_run, "https://api.cloudflare.com"},
    {36, "Cohere", cohere_v2, "https://api.cohere.ai"},
    {37, "StabilityAI", none, "https://api.stability.ai/v2beta"},
    {38, "Coze", none, "https://api.coze.com/open_api"},
    {39, "Ollama", ollama, "https://ollama.com"},
    {40, "Hunyuan", own, "https://hunyuan.tencentcloudapi.com"},
    {41, "Suno", none, ""},
    {42, "Vertex AI", vertex, ""},
    {43, "LLAMA", none, ""},
    {44, "Ideogram", none, ""},
    {45, "Siliconflow", openai, "https://api.siliconflow.cn"},
    {46, "Flux", none, ""},
    {47, "Jina", jina, "https://api.jina.ai"},
    {48, "Rerank", none, ""},
    {49, "GitHub", github, "https://models.inference.ai.azure.com"},
    {51, "Recraft", none, "https://external.api.recraft.ai"},
    {52, "Replicate", none, "https://api.replicate.com"},
    {53, "Kling", none, "https://api.klingai.com"},
    {54, "Azure Databricks", own, ""},
    {55, "Azure V1", azure_v1, ""},
    {56, "xAI", openai, "https://api.x.ai"},
};

}  // namespace

const Speech openai_speech = openai;

std::span<const ChannelType> channel_types(Product product) {
  switch (product) {
    case Product::oneapi: return oneapi_types;
    case Product::newapi: return newapi_types;
    case Product::onehub: return onehub_types;
  }
  return {};
}

const ChannelType* channel_type(Product product, std::int64_t id) {
  const auto types = channel_types(product);
  const auto found =
      std::lower_bound(types.begin(), types.end(), id,
                       [](const ChannelType& type, std::int64_t wanted) {
                         return type.id < wanted;
                       });
  return found != types.end() && found->id == id ? &*found : nullptr;
}

std::vector<const Provider*> all_providers() {
  std::vector<const Provider*> all;
  for (const Product product :
       {Product::oneapi, Product::newapi, Product::onehub}) {
    for (const ChannelType& type : channel_types(product)) {
      if (type.speech.provider == nullptr) continue;
      const Provider* provider = &type.speech.provider();
      if (std::find(all.begin(), all.end(), provider) == all.end()) {
        all.push_back(provider);
      }
    }
  }
  return all;
}

const Provider* provider_named(std::string_view name) {
  const auto all = all_providers();
  const auto found = std::find_if(
      all.begin(), all.end(),
      [name](const Provider* provider) { return provider->name() == name; });
  return found == all.end() ? nullptr : *found;
}

std::string_view coding_plan(const Channel& channel, const Schema& schema) {
  struct Plan {
    std::string_view word;
    std::int64_t type = 0;
    std::string_view address;
  };
  static constexpr std::array<Plan, 4> plans = {{
      {"glm-coding-plan", 26, "https://open.bigmodel.cn/api/coding/paas/v4"},
      {"glm-coding-plan-international", 26,
       "https://api.z.ai/api/coding/paas/v4"},
      {"kimi-coding-plan", 25, "https://api.kimi.com/coding/v1"},
      {"doubao-coding-plan", 45,
       "https://ark.cn-beijing.volces.com/api/coding/v3"},
  }};
  if (schema.product != Product::newapi) return {};
  for (const Plan& plan : plans) {
    if (plan.type == channel.type && plan.word == channel.base_url) {
      return plan.address;
    }
  }
  return {};
}

}  // namespace core
