#include "core/reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "core/media.h"

namespace core {

namespace {

constexpr std::size_t enough_to_show = 1024;
// What is longer was never two events that lost the line between them.
constexpr std::size_t most_of_two_events = std::size_t{16} << 10;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::string_view blanks = " \t\r\n";

constexpr std::array<std::string_view, 5> beginnings = {
    "data:", "event:", "id:", "retry:", ":"};

bool begins_events(std::string_view text) {
  return std::any_of(
      beginnings.begin(), beginnings.end(),
      [text](std::string_view one) { return text.starts_with(one); });
}

// Whether it is too short to tell.
bool may_begin_events(std::string_view text) {
  return std::any_of(
      beginnings.begin(), beginnings.end(),
      [text](std::string_view one) { return one.starts_with(text); });
}

}  // namespace

struct Reader::Context {
  const Provider& provider;
  const Question& question;
  base::json::Document& scratch;
};

void Reader::feed(std::string_view bytes, const Provider& provider,
                  const Question& question, base::json::Document& scratch) {
  const Context context{provider, question, scratch};
  size_ += bytes.size();
  if (beginning_.size() < enough_to_show && !reading_.evidence) {
    beginning_ += bytes.substr(0, enough_to_show - beginning_.size());
  }
  if (form_ == Form::frames) {
    frames_ += bytes;
    return read_frames(context);
  }
  pending_ += bytes;
  if (form_ == Form::unknown) recognize(context);
  if (form_ == Form::events || form_ == Form::lines) read_lines(context);
  if (form_ == Form::document && question.kind == Kind::image) {
    look_for_picture();
  }
}

void Reader::end(const Provider& provider, const Question& question,
                 base::json::Document& scratch) {
  const Context context{provider, question, scratch};
  if (form_ == Form::events) {
    read_line(pending_, context);
    dispatch(context);
  } else if (form_ == Form::lines) {
    read_line(pending_, context);
  } else if (form_ == Form::unknown || form_ == Form::document) {
    read_text(pending_, false, context);
  }
  reading_.complete = true;
}

// Blanks before an answer, and marks that say how it is written: all of them,
// since they may come in pieces.
void Reader::drop_blanks() {
  const std::string_view pending = pending_;
  std::size_t begin = 0;
  while (true) {
    begin = std::min(pending.find_first_not_of(blanks, begin), pending.size());
    if (!pending.substr(begin).starts_with(byte_order_mark)) break;
    begin += byte_order_mark.size();
  }
  pending_.erase(0, begin);
}

// Some relays send events under a content type of their own, and some say
// "event-stream" and send a document.  No JSON begins with ":" or "<".  Sounds
// and frames are what is neither.
void Reader::recognize(const Context& context) {
  const Framing framing = context.provider.framing(context.question);
  if (framing == Framing::text || framing == Framing::lines) drop_blanks();
  const std::string_view start = pending_;
  if (start.empty()) return;
  const bool is_json = start.front() == '{' || start.front() == '[';
  if (begins_events(start)) {
    form_ = Form::events;
  } else if (is_json) {
    form_ = form_of_json(start, framing, context);
  } else if (start.front() == '<') {
    form_ = Form::document;
    is_html_ = true;
  } else if (may_begin_events(start)) {
    return;
  } else if (framing == Framing::frames) {
    form_ = Form::frames;
    frames_ = std::exchange(pending_, {});
    read_frames(context);
  } else if (framing == Framing::bytes) {
    form_ = Form::bytes;
    pending_.clear();
    reading_.evidence = true;
  } else if (start.size() >= 6) {
    form_ = Form::document;
  }
}

// An error may be printed over several lines where lines were to come: none of
// them is JSON.
Reader::Form Reader::form_of_json(std::string_view start, Framing framing,
                                  const Context& context) {
  constexpr std::size_t longest_line = std::size_t{16} << 10;
  if (framing != Framing::lines) return Form::document;
  const auto end = start.find('\n');
  if (end == std::string_view::npos) {
    return start.size() < longest_line ? Form::unknown : Form::lines;
  }
  return context.scratch.parse(start.substr(0, end)) ? Form::lines
                                                     : Form::document;
}

void Reader::read_frames(const Context& context) {
  if (!take_frames(frames_, pending_)) reading_.complete = true;
  std::size_t start = 0;
  for (auto end = pending_.find(frame_end); end != std::string::npos;
       end = pending_.find(frame_end, start)) {
    read_text(std::string_view(pending_).substr(start, end - start), true,
              context);
    start = end + 1;
  }
  pending_.erase(0, start);
}

// A picture may be longer than an answer is read: its beginning is enough.
void Reader::look_for_picture() {
  constexpr std::string_view member = "\"b64_json\"";
  constexpr std::size_t enough_of_a_picture = 1024;
  if (reading_.evidence) return;
  const auto at = pending_.find(member);
  reading_.evidence = at != std::string::npos &&
                      pending_.size() - at > enough_of_a_picture &&
                      !pending_.starts_with("{\"error\"");
}

// Lines of events may end with CR alone, too; whether LF follows is not known
// of the last one.
void Reader::read_lines(const Context& context) {
  const std::string_view ends = form_ == Form::events ? "\r\n" : "\n";
  const std::string_view pending = pending_;
  std::size_t start = 0;
  std::size_t end = pending.find_first_of(ends, searched_);
  while (end < pending.size() &&
         (pending[end] == '\n' || end + 1 < pending.size())) {
    read_line(pending.substr(start, end - start), context);
    start = end + (pending.substr(end).starts_with("\r\n") ? 2 : 1);
    end = pending.find_first_of(ends, start);
  }
  searched_ = std::min(end, pending.size()) - start;
  pending_.erase(0, start);
}

void Reader::read_line(std::string_view line, const Context& context) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (form_ == Form::lines) {
    line = base::trimmed(line);
    if (!line.empty()) read_text(line, true, context);
    return;
  }
  if (line.empty()) return dispatch(context);
  if (!line.starts_with("data:")) return;
  line.remove_prefix(line.starts_with("data: ") ? 6 : 5);
  // An event may go over several lines; some relays drop the empty line
  // between two events.
  if (!data_.empty() && data_.size() <= most_of_two_events &&
      context.scratch.parse(data_)) {
    dispatch(context);
  }
  if (!data_.empty()) data_ += '\n';
  data_ += line;
}

void Reader::dispatch(const Context& context) {
  if (data_.empty()) return;
  if (base::trimmed(data_) == "[DONE]") {
    reading_.complete = true;
  } else if (!reading_.spoke || data_.find("\"usage") != std::string::npos) {
    // Once the model has spoken, only its usage is of interest.
    read_text(data_, true, context);
  }
  data_.clear();
}

void Reader::read_text(std::string_view text, bool is_event,
                       const Context& context) {
  if (context.scratch.parse_of_others(text)) {
    context.provider.read(context.scratch, context.question, is_event,
                          reading_);
  } else if (!reading_.evidence && !is_html_ && reading_.error.empty()) {
    reading_.error = text.substr(0, enough_to_show);
  }
}

}  // namespace core
