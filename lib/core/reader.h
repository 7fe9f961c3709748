#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/http.h"
#include "base/json.h"
#include "core/provider.h"

namespace core {

// Reads the body of an answer as it comes: server-sent events where it is a
// stream of them, whatever its headers say, else one JSON text at the end; or
// as the provider frames it.
class Reader {
 public:
  // `scratch` is only used while the call lasts.
  void feed(std::string_view bytes, const Provider& provider,
            const Question& question, base::json::Document& scratch);
  void end(const Provider& provider, const Question& question,
           base::json::Document& scratch);

  const Reading& reading() const { return reading_; }
  std::size_t size() const { return size_; }  // bytes so far

  // The beginning of the body, for people; not redacted.
  const std::string& beginning() const { return beginning_; }
  bool is_html() const { return is_html_; }

 private:
  enum class Form : unsigned char {
    unknown,
    events,
    lines,
    frames,
    bytes,
    document
  };

  struct Context;
  void recognize(const Context& context);
  static Form form_of_json(std::string_view start, Framing framing,
                           const Context& context);
  void read_frames(const Context& context);
  void look_for_picture();
  void drop_blanks();
  void read_lines(const Context& context);
  void read_line(std::string_view line, const Context& context);
  void dispatch(const Context& context);
  void read_text(std::string_view text, bool is_event, const Context& context);

  Form form_ = Form::unknown;
  bool is_html_ = false;
  std::size_t size_ = 0;
  std::string beginning_;
  std::string pending_;       // a line, or the document, that is not whole yet
  std::size_t searched_ = 0;  // of `pending_`: no line ends there
  std::string data_;          // of the event that is not whole yet
  std::string frames_;        // of a WebSocket, not whole yet
  Reading reading_;
};

}  // namespace core
