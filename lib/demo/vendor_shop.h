#pragma once

#include <span>
#include <string_view>

#include "demo/vendor.h"

namespace demo {

struct Place {
  std::string_view path;
  Endpoint endpoint = Endpoint::unknown;
};

// Who speaks OpenAI's protocol, at paths of his own, in words of his own.
struct Shop {
  std::string_view prefix;        // before every path
  std::string_view list;          // "" for none
  std::span<const Place> places;  // where what is asked by POST
  web::Reply (*no_key)();
  web::Reply (*bad)(std::string_view fault);
  web::Reply (*nowhere)(const Visit& visit);
};

// By "Authorization: Bearer" alone.
Heard hear_shop(const Visit& visit, const Shop& shop);

// Somebody whose key is known to be good.
Heard hear_customer(const Visit& visit, const Shop& shop);

// The question in a body whose kind and model are known from elsewhere, or in
// the body itself where `model` is "".
Heard hear_question(const Visit& visit, Endpoint endpoint, std::string model,
                    web::Reply (*bad)(std::string_view fault));

// The opening of a WebSocket (RFC 6455 4.2.1) for a conversation with `model`.
Heard hear_opening(const Visit& visit, std::string model,
                   web::Reply (*bad)(std::string_view fault));

// OpenAI's own words, which many use.
web::Reply openai_no_key();
web::Reply openai_bad(std::string_view fault);
web::Reply openai_nowhere(const Visit& visit);
web::Reply openai_unknown(const Question& question);

// Newer models of OpenAI's do not know "max_tokens".
std::optional<web::Reply> old_limit(const Visit& visit,
                                    const Question& question);

}  // namespace demo
