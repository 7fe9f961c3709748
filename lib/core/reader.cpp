#include "core/reader.h"

#include <algorithm>

#include "base/text.h"

namespace core {

namespace {

constexpr std::size_t enough_to_show = 1024;

bool begins_with_html(std::string_view text) {
  const std::string start = base::lower(text.substr(0, 64));
  return std::string_view(start).starts_with("<!doctype") ||
         std::string_view(start).starts_with("<html") ||
         std::string_view(start).starts_with("<?xml");
}

}  // namespace

struct Reader::Context {
  const Provider& provider;
  const Question& question;
  base::json::Document& scratch;
};

void Reader::begin(const base::http::Head& head) {
  *this = Reader();
  declared_ = base::lower(base::http::value_of(head.headers, "content-type"))
                  .starts_with("text/event-stream");
}

void Reader::feed(std::string_view bytes, const Provider& provider,
                  const Question& question, base::json::Document& scratch) {
  size_ += bytes.size();
  if (beginning_.size() < enough_to_show && !reading_.evidence) {
    beginning_ += bytes.substr(0, enough_to_show - beginning_.size());
  }
  pending_ += bytes;
  if (form_ == Form::unknown) recognize();
  if (form_ == Form::events) read_lines({provider, question, scratch});
}

void Reader::end(const Provider& provider, const Question& question,
                 base::json::Document& scratch) {
  const Context context{provider, question, scratch};
  if (form_ == Form::events) {
    read_line(pending_, context);
    dispatch(context);
  } else {
    read_text(pending_, false, context);
  }
  reading_.complete = true;
}

// Some relays send events under a content type of their own, and some say
// "event-stream" and send a document.
void Reader::recognize() {
  const std::string_view start = base::trimmed(pending_);
  if (start.empty()) return;
  if (start.starts_with("data:") || start.starts_with("event:") ||
      start.starts_with("id:") || start.starts_with("retry:") ||
      (declared_ && start.starts_with(':'))) {
    form_ = Form::events;
  } else if (start.size() >= 6 || start.front() == '{' || start.front() == '[') {
    const bool may_follow = declared_ && start.front() == ':';
    form_ = may_follow ? Form::events : Form::document;
    is_html_ = begins_with_html(start);
  }
}

void Reader::read_lines(const Context& context) {
  std::size_t start = 0;
  for (auto end = pending_.find('\n'); end != std::string::npos;
       end = pending_.find('\n', start)) {
    read_line(std::string_view(pending_).substr(start, end - start), context);
    start = end + 1;
  }
  pending_.erase(0, start);
}

void Reader::read_line(std::string_view line, const Context& context) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return dispatch(context);
  if (!line.starts_with("data:")) return;
  line.remove_prefix(line.starts_with("data: ") ? 6 : 5);
  // An event may go over several lines; some relays drop the empty line
  // between two events.
  if (!data_.empty() && context.scratch.parse(data_)) dispatch(context);
  if (!data_.empty()) data_ += '\n';
  data_ += line;
}

void Reader::dispatch(const Context& context) {
  if (data_.empty()) return;
  if (base::trimmed(data_) == "[DONE]") {
    reading_.complete = true;
  } else if (!reading_.evidence ||
             data_.find("\"usage\"") != std::string::npos) {
    // Once the model has answered, only its usage is of interest.
    read_text(data_, true, context);
  }
  data_.clear();
}

void Reader::read_text(std::string_view text, bool is_event,
                       const Context& context) {
  if (context.scratch.parse(text)) {
    context.provider.read(context.scratch, context.question, is_event,
                          reading_);
  } else if (!reading_.evidence && !is_html_ && reading_.error.empty()) {
    reading_.error = text.substr(0, enough_to_show);
  }
}

}  // namespace core
