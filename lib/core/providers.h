#pragma once

namespace core {

class Provider;

// Everybody who can be spoken to; each is in a file of its own name, save the
// dialects of OpenAI's protocol, which are together in one.  Which channels
// speak with whom is in channel_type.cpp.
const Provider& openai_provider();
const Provider& openai_bare_provider();
const Provider& custom_provider();
const Provider& openrouter_provider();
const Provider& perplexity_provider();
const Provider& github_provider();
const Provider& jina_provider();
const Provider& mokaai_provider();
const Provider& minimax_provider();
const Provider& zhipu_v4_provider();
const Provider& volcengine_provider();
const Provider& baidu_v2_provider();
const Provider& ali_compatible_provider();
const Provider& cloudflare_provider();

const Provider& advanced_custom_provider();
const Provider& ali_provider();
const Provider& anthropic_provider();
const Provider& azure_provider();
const Provider& azure_v1_provider();
const Provider& bedrock_provider();
const Provider& cloudflare_run_provider();
const Provider& codex_provider();
const Provider& cohere_provider();
const Provider& cohere_v2_provider();
const Provider& gemini_provider();
const Provider& ollama_provider();
const Provider& vertex_provider();
const Provider& zhipu_provider();
const Provider& zhipu_v3_provider();

}  // namespace core
