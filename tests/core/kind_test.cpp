#include "core/kind.h"

#include <vector>

#include "catch.h"

using core::Kind;

TEST_CASE("every kind has a name, which leads back to it") {
  for (int i = 0; i <= static_cast<int>(Kind::realtime); ++i) {
    const auto kind = static_cast<Kind>(i);
    CHECK(core::kind_named(core::name_of(kind)) == kind);
  }
  CHECK(core::name_of(Kind::transcription) == "transcription");
  CHECK_FALSE(core::kind_named("talk"));
}

TEST_CASE("a model's name tells its kind") {
  struct Row {
    Kind kind;
    std::vector<const char*> names;
  };
  for (const Row& row : std::vector<Row>{
           {Kind::chat,
            {"gpt-4o", "claude-3-5-sonnet", "o3-mini", "gpt-4o-audio-preview",
             "gemini-2.5-pro", "gpt-3.5-turbo-instruct", "deepseek-r1",
             "qwen2.5-vl-72b", "individual-7b", "lastrada", "taiwan-llm",
             "asrock", "gpt-4-all-tools", ""}},
           {Kind::responses, {"gpt-5-codex", "codex-mini-latest"}},
           {Kind::embedding,
            {"text-embedding-3-large", "BAAI/bge-m3", "m3e-base",
             "nomic-embed-text", "jina-clip-v2", "intfloat/e5-large",
             "gte-qwen2"}},
           {Kind::rerank, {"bge-reranker-v2-m3", "jina-reranker", "Rerank-3"}},
           {Kind::moderation, {"omni-moderation-latest"}},
           {Kind::image,
            {"dall-e-3", "gpt-image-1", "nano-banana-pro", "google/nano-banana",
             "gemini-2.5-flash-image", "gemini-3-pro-image-preview",
             "qwen-image-edit", "FLUX.1-schnell", "black-forest-labs/flux-pro",
             "imagen-4.0", "doubao-seedream-4", "sd3.5-large", "mj_imagine",
             "wanx2.1-t2i-turbo", "Kwai-Kolors/Kolors", "image-01"}},
           {Kind::research,
            {"o3-deep-research", "sonar-deep-research", "o1-pro",
             "o3-pro-2025-06-10", "openai/o3-pro", "gpt-4-all"}},
           {Kind::speech,
            {"tts-1", "tts-1-hd", "gpt-4o-mini-tts", "qwen3-tts-flash",
             "speech-02-hd", "cosyvoice-v2"}},
           {Kind::transcription,
            {"whisper-1", "gpt-4o-transcribe", "SenseVoiceSmall",
             "qwen3-asr-flash"}},
           {Kind::video,
            {"sora-2", "veo-3.0", "veo3", "kling-v2", "wan2.2-t2v-plus",
             "Wan-AI/Wan2.1-I2V-14B", "doubao-seedance-1", "MiniMax-Hailuo-02",
             "video-01", "viduq1"}},
           {Kind::realtime,
            {"gpt-4o-realtime-preview", "qwen-omni-turbo-realtime"}}}) {
    for (const auto* name : row.names) {
      INFO(name);
      CHECK(core::name_of(core::kind_of(name)) == core::name_of(row.kind));
    }
  }
}

TEST_CASE("kinds that cost money or need media are not asked by themselves") {
  for (const auto kind : {Kind::chat, Kind::responses, Kind::embedding,
                          Kind::rerank, Kind::moderation}) {
    CHECK_FALSE(core::is_expensive(kind));
  }
  for (const auto kind : {Kind::image, Kind::research, Kind::speech,
                          Kind::transcription, Kind::video, Kind::realtime}) {
    CHECK(core::is_expensive(kind));
  }
}
