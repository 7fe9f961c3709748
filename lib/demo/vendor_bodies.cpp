#include "demo/vendor_bodies.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

namespace demo {

namespace {

using base::json::Document;

bool are_texts(const Document& body, const std::string& at) {
  const std::size_t size = body.size(at);
  for (std::size_t i = 0; i < size; ++i) {
    if (!body.text(fmt::format("{}/{}", at, i))) return false;
  }
  return body.is_array(at) && size > 0;
}

bool are_objects(const Document& body, const std::string& at) {
  const std::size_t size = body.size(at);
  for (std::size_t i = 0; i < size; ++i) {
    if (!body.is_object(fmt::format("{}/{}", at, i))) return false;
  }
  return body.is_array(at) && size > 0;
}

bool is_text(const Document& body, const std::string& at) {
  return !body.text(at).value_or("").empty();
}

bool are_turns(const Document& body, const std::string& at) {
  if (!are_objects(body, at)) return false;
  for (std::size_t i = 0; i < body.size(at); ++i) {
    const std::string turn = fmt::format("{}/{}", at, i);
    const std::string content = turn + "/content";
    if (!is_text(body, turn + "/role")) return false;
    if (!is_text(body, content) && !are_objects(body, content)) return false;
  }
  return true;
}

bool is_of(Shape shape, const Document& body, const std::string& at) {
  switch (shape) {
    case Shape::text: return is_text(body, at);
    case Shape::any_text: return body.text(at) || body.is_null(at);
    case Shape::number: return body.number(at).value_or(0) > 0;
    case Shape::real: return body.real(at) || body.is_null(at);
    case Shape::truth: return body.truth(at).has_value();
    case Shape::object: return body.is_object(at);
    case Shape::list: return body.is_array(at) && body.size(at) > 0;
    case Shape::texts: return are_texts(body, at);
    case Shape::text_or_texts: return is_text(body, at) || are_texts(body, at);
    case Shape::text_or_list: return is_text(body, at) || are_objects(body, at);
    case Shape::turns: return are_turns(body, at);
    case Shape::anything: return true;
  }
  return false;
}

std::string chat_fault(const Document& body, const Field& model) {
  std::string fault = fault_in(body, "",
                               {model,
                                {"messages", Shape::turns, true},
                                {"stream", Shape::truth},
                                {"stream_options", Shape::object},
                                {"max_tokens", Shape::number},
                                {"max_completion_tokens", Shape::number},
                                {"temperature", Shape::real},
                                {"top_p", Shape::real},
                                {"n", Shape::number},
                                {"stop"},
                                {"seed", Shape::real},
                                {"presence_penalty", Shape::real},
                                {"frequency_penalty", Shape::real},
                                {"logprobs", Shape::truth},
                                {"logit_bias", Shape::object},
                                {"user", Shape::text},
                                {"tools", Shape::list},
                                {"tool_choice"},
                                {"response_format", Shape::object},
                                {"reasoning_effort", Shape::text}});
  if (!fault.empty()) return fault;
  if (body.is_object("/stream_options")) {
    if (!body.truth("/stream").value_or(false)) {
      return "The 'stream_options' parameter is only allowed when 'stream' is "
             "enabled.";
    }
    return fault_in(body, "/stream_options",
                    {{"include_usage", Shape::truth, true}});
  }
  if (body.number("/max_tokens") && body.number("/max_completion_tokens")) {
    return "Setting 'max_tokens' and 'max_completion_tokens' at the same time "
           "is not supported.";
  }
  return {};
}

std::string responses_fault(const Document& body, const Field& model) {
  std::string fault = fault_in(body, "",
                               {model,
                                {"input", Shape::text_or_list, true},
                                {"instructions", Shape::any_text},
                                {"max_output_tokens", Shape::number},
                                {"stream", Shape::truth},
                                {"store", Shape::truth},
                                {"background", Shape::truth},
                                {"reasoning", Shape::object},
                                {"tools", Shape::list},
                                {"max_tool_calls", Shape::number}});
  const auto limit = body.number("/max_output_tokens");
  if (fault.empty() && limit && *limit < 16) {
    return "Invalid 'max_output_tokens': integer below minimum value. Expected "
           "a value >= 16.";
  }
  return fault;
}

}  // namespace

std::string fault_in(const Document& body, std::string_view at, Fields fields) {
  const std::string place(at);
  const auto members = body.members(place);
  if (!members) return "We could not parse the JSON body of your request.";
  for (const auto& [name, value] : *members) {
    const auto* const field = std::ranges::find(fields, name, &Field::name);
    if (field == fields.end()) {
      return fmt::format("Unrecognized request argument supplied: {}", name);
    }
    if (!is_of(field->shape, body, fmt::format("{}/{}", place, name))) {
      return fmt::format("Invalid type or value for '{}'.", name);
    }
  }
  for (const Field& field : fields) {
    if (!field.is_required) continue;
    if (std::ranges::none_of(*members, [&](const auto& member) {
          return member.first == field.name;
        })) {
      return fmt::format("Missing required parameter: '{}'.", field.name);
    }
  }
  return {};
}

std::string openai_fault(const Document& body, Endpoint endpoint,
                         bool names_model) {
  const Field model{"model", Shape::text, names_model};
  switch (endpoint) {
    case Endpoint::minimax_chat:
    case Endpoint::chat: return chat_fault(body, model);
    case Endpoint::responses: return responses_fault(body, model);
    case Endpoint::completions:
      return fault_in(body, "",
                      {model,
                       {"prompt", Shape::text_or_texts, true},
                       {"max_tokens", Shape::number},
                       {"stream", Shape::truth},
                       {"stream_options", Shape::object},
                       {"temperature", Shape::real}});
    case Endpoint::embeddings:
      return fault_in(body, "",
                      {model,
                       {"input", Shape::text_or_texts, true},
                       {"encoding_format", Shape::text},
                       {"dimensions", Shape::number},
                       {"user", Shape::text}});
    case Endpoint::rerank:
      return fault_in(body, "",
                      {model,
                       {"query", Shape::text, true},
                       {"documents", Shape::texts, true},
                       {"top_n", Shape::number},
                       {"return_documents", Shape::truth}});
    case Endpoint::moderations:
      return fault_in(
          body, "",
          {{"model", Shape::text}, {"input", Shape::text_or_texts, true}});
    case Endpoint::images:
      return fault_in(body, "",
                      {model,
                       {"prompt", Shape::text, true},
                       {"n", Shape::number},
                       {"size", Shape::text},
                       {"quality", Shape::text},
                       {"user", Shape::text}});
    case Endpoint::speech:
      return fault_in(body, "",
                      {model,
                       {"input", Shape::text, true},
                       {"voice", Shape::text, true},
                       {"response_format", Shape::text},
                       {"speed", Shape::real}});
    case Endpoint::videos:
      // "seconds" is a text there.
      return fault_in(body, "",
                      {model,
                       {"prompt", Shape::text, true},
                       {"seconds", Shape::text},
                       {"size", Shape::text}});
    default: return {};
  }
}

}  // namespace demo
