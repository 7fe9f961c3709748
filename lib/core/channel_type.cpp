#include "core/channel_type.h"

#include <algorithm>
#include <array>
#include <span>

namespace core {

namespace {

using enum Protocol;

constexpr ChannelType oneapi_types[] = {
    {1, "OpenAI", openai, "https://api.openai.com"},
    {2, "API2D", openai, "https://oa.api2d.net"},
    {3, "Azure", own, ""},
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
    {14, "Anthropic", own, "https://api.anthropic.com"},
    {15, "Baidu", own, "https://aip.baidubce.com"},
    {16, "Zhipu", own, "https://open.bigmodel.cn"},
    {17, "Ali", own, "https://dashscope.aliyuncs.com"},
    {18, "Xunfei", own, ""},
    {19, "360", openai, "https://ai.360.cn"},
    {20, "OpenRouter", openai, "https://openrouter.ai/api"},
    {21, "AIProxyLibrary", own, "https://api.aiproxy.io"},
    {22, "FastGPT", openai, "https://fastgpt.run/api/openapi"},
    {23, "Tencent", own, "https://hunyuan.tencentcloudapi.com"},
    {24, "Gemini", own, "https://generativelanguage.googleapis.com"},
    {25, "Moonshot", openai, "https://api.moonshot.cn"},
    {26, "Baichuan", openai, "https://api.baichuan-ai.com"},
    {27, "MiniMax", own, "https://api.minimax.chat"},
    {28, "Mistral", openai, "https://api.mistral.ai"},
    {29, "Groq", openai, "https://api.groq.com/openai"},
    {30, "Ollama", own, "http://localhost:11434"},
    {31, "LingYiWanWu", openai, "https://api.lingyiwanwu.com"},
    {32, "StepFun", openai, "https://api.stepfun.com"},
    {33, "AWS", own, ""},
    {34, "Coze", none, "https://api.coze.com"},
    {35, "Cohere", own, "https://api.cohere.ai"},
    {36, "DeepSeek", openai, "https://api.deepseek.com"},
    {37, "Cloudflare", own, "https://api.cloudflare.com"},
    {38, "DeepL", none, "https://api-free.deepl.com"},
    {39, "Together", openai, "https://api.together.xyz"},
    {40, "Doubao", own, "https://ark.cn-beijing.volces.com"},
    {41, "Novita", own, "https://api.novita.ai/v3/openai"},
    {42, "Vertex AI", own, ""},
    {43, "Proxy", none, ""},
    {44, "SiliconFlow", openai, "https://api.siliconflow.cn"},
    {45, "xAI", openai, "https://api.x.ai"},
    {46, "Replicate", none, "https://api.replicate.com/v1/models/"},
    {47, "Baidu v2", own, "https://qianfan.baidubce.com"},
    {48, "Xunfei v2", openai, "https://spark-api-open.xf-yun.com"},
    {49, "Ali Bailian", own, "https://dashscope.aliyuncs.com"},
    {50, "OpenAI-compatible", openai, "", ""},
    {51, "Gemini (OpenAI)", own,
     "https://generativelanguage.googleapis.com/v1beta/openai/"},
};

constexpr ChannelType newapi_types[] = {
    {1, "OpenAI", openai, "https://api.openai.com"},
    {2, "Midjourney", none, ""},
    {3, "Azure", own, ""},
    {4, "Ollama", own, "http://localhost:11434"},
    {5, "MidjourneyPlus", none, ""},
    {6, "OpenAIMax", openai, "https://api.openaimax.com"},
    {7, "OhMyGPT", openai, "https://api.ohmygpt.com"},
    {8, "Custom", own, ""},
    {9, "AILS", openai, "https://api.caipacity.com"},
    {10, "AIProxy", openai, "https://api.aiproxy.io"},
    {11, "PaLM", own, ""},
    {12, "API2GPT", openai, "https://api.api2gpt.com"},
    {13, "AIGC2D", openai, "https://api.aigc2d.com"},
    {14, "Anthropic", own, "https://api.anthropic.com"},
    {15, "Baidu", own, "https://aip.baidubce.com"},
    {16, "Zhipu", own, "https://open.bigmodel.cn"},
    {17, "Ali", own, "https://dashscope.aliyuncs.com"},
    {18, "Xunfei", own, ""},
    {19, "360", openai, "https://api.360.cn"},
    {20, "OpenRouter", openai, "https://openrouter.ai/api"},
    {21, "AIProxyLibrary", own, "https://api.aiproxy.io"},
    {22, "FastGPT", openai, "https://fastgpt.run/api/openapi"},
    {23, "Tencent", own, "https://hunyuan.tencentcloudapi.com"},
    {24, "Gemini", own, "https://generativelanguage.googleapis.com"},
    {25, "Moonshot", openai, "https://api.moonshot.cn"},
    {26, "Zhipu v4", own, "https://open.bigmodel.cn"},
    {27, "Perplexity", own, "https://api.perplexity.ai"},
    {31, "LingYiWanWu", openai, "https://api.lingyiwanwu.com"},
    {33, "AWS", own, ""},
    {34, "Cohere", own, "https://api.cohere.ai"},
    {35, "MiniMax", own, "https://api.minimax.chat"},
    {36, "Suno", none, ""},
    {37, "Dify", none, "https://api.dify.ai"},
    {38, "Jina", own, "https://api.jina.ai"},
    {39, "Cloudflare", own, "https://api.cloudflare.com"},
    {40, "SiliconFlow", openai, "https://api.siliconflow.cn"},
    {41, "Vertex AI", own, ""},
    {42, "Mistral", openai, "https://api.mistral.ai"},
    {43, "DeepSeek", openai, "https://api.deepseek.com"},
    {44, "MokaAI", own, "https://api.moka.ai"},
    {45, "VolcEngine", own, "https://ark.cn-beijing.volces.com"},
    {46, "Baidu v2", own, "https://qianfan.baidubce.com"},
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
    {57, "Codex", own, "https://chatgpt.com"},
    {58, "Advanced Custom", own, ""},
    {59, "Sub2API", openai, ""},
    {60, "New API", openai, ""},
    {61, "Task Plugin", none, ""},
    {62, "vLLM", openai, ""},
    {63, "SGLang", openai, ""},
};

constexpr ChannelType onehub_types[] = {
    {1, "OpenAI", openai, "https://api.openai.com"},
    {3, "Azure", own, ""},
    {8, "Custom", openai, ""},
    {11, "PaLM", own, "https://generativelanguage.googleapis.com"},
    {14, "Anthropic", own, "https://api.anthropic.com"},
    {15, "Baidu", own, "https://aip.baidubce.com"},
    {16, "Zhipu", own, "https://open.bigmodel.cn/api/paas/v4"},
    {17, "Ali", own, "https://dashscope.aliyuncs.com"},
    {18, "Xunfei", own, ""},
    {19, "360", openai, ""},
    {20, "OpenRouter", openai, "https://openrouter.ai/api"},
    {23, "Tencent", own, "https://hunyuan.cloud.tencent.com"},
    {24, "AzureSpeech", none, ""},
    {25, "Gemini", own, "https://generativelanguage.googleapis.com"},
    {26, "Baichuan", openai, "https://api.baichuan-ai.com"},
    {27, "MiniMax", own, "https://api.minimax.chat"},
    {28, "Deepseek", openai, "https://api.deepseek.com"},
    {29, "Moonshot", openai, "https://api.moonshot.cn"},
    {30, "Mistral", openai, "https://api.mistral.ai"},
    {31, "Groq", openai, "https://api.groq.com/openai"},
    {32, "Bedrock", own, ""},
    {33, "Lingyi", openai, "https://api.lingyiwanwu.com"},
    {34, "Midjourney", none, ""},
    {35, "CloudflareAI", own, ""},
    {36, "Cohere", own, "https://api.cohere.ai"},
    {37, "StabilityAI", none, "https://api.stability.ai/v2beta"},
    {38, "Coze", none, "https://api.coze.com/open_api"},
    {39, "Ollama", own, "https://ollama.com"},
    {40, "Hunyuan", own, "https://hunyuan.tencentcloudapi.com"},
    {41, "Suno", none, ""},
    {42, "Vertex AI", own, ""},
    {43, "LLAMA", none, ""},
    {44, "Ideogram", none, ""},
    {45, "Siliconflow", openai, "https://api.siliconflow.cn"},
    {46, "Flux", none, ""},
    {47, "Jina", own, "https://api.jina.ai"},
    {48, "Rerank", none, ""},
    {49, "GitHub", own, "https://models.inference.ai.azure.com"},
    {51, "Recraft", none, "https://external.api.recraft.ai"},
    {52, "Replicate", none, "https://api.replicate.com"},
    {53, "Kling", none, "https://api.klingai.com"},
    {54, "Azure Databricks", own, ""},
    {55, "Azure V1", own, ""},
    {56, "xAI", openai, "https://api.x.ai"},
};

std::span<const ChannelType> types_of(Product product) {
  switch (product) {
    case Product::oneapi: return oneapi_types;
    case Product::newapi: return newapi_types;
    case Product::onehub: return onehub_types;
  }
  return {};
}

}  // namespace

const ChannelType* channel_type(Product product, std::int64_t id) {
  const auto types = types_of(product);
  const auto found =
      std::lower_bound(types.begin(), types.end(), id,
                       [](const ChannelType& type, std::int64_t wanted) {
                         return type.id < wanted;
                       });
  return found != types.end() && found->id == id ? &*found : nullptr;
}

}  // namespace core
