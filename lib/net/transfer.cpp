#include "net/transfer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/messages_net.h"
#include "base/release.h"
#include "base/text.h"
#include "net/curl_failure.h"
#include "net/loop.h"

namespace net {

namespace {

// What libcurl needs besides the socket, a name that is looked up for one, may
// have found none either.
bool is_descriptor_left() {
  const int fd = ::open("/", O_PATH | O_CLOEXEC);
  if (fd >= 0) ::close(fd);
  return fd >= 0 || (errno != EMFILE && errno != ENFILE);
}

namespace http = base::http;

constexpr long buffer_size = 2048;
// libcurl itself would ask for a "100 Continue" from here on.
constexpr std::size_t large_body = std::size_t{1} << 20;

// Cuts user names and passwords out of what libcurl says of a URL: whatever
// stands before an "@" in one word.
std::string without_userinfo(std::string_view text) {
  std::string said;
  for (const std::string_view word : base::split(text, ' ')) {
    if (!said.empty()) said += ' ';
    const std::size_t at = word.rfind('@');
    said += at == std::string_view::npos ? word : word.substr(at + 1);
  }
  return said;
}

// Whether `text` may stand in the head of a request.
bool is_one_line(std::string_view text) {
  constexpr std::string_view ends("\r\n\0", 3);
  return text.find_first_of(ends) == std::string_view::npos;
}

const char* reason_of(int code) {
  return ::curl_easy_strerror(static_cast<CURLcode>(code));
}

// Takes one out of `spare`, if there is one.
template <typename Thing>
Thing taken_from(std::vector<Thing>& spare) {
  if (spare.empty()) return {};
  Thing thing = std::move(spare.back());
  spare.pop_back();
  return thing;
}

}  // namespace

HeaderList::HeaderList() = default;
HeaderList::~HeaderList() = default;

void HeaderList::put(const http::Request& request) {
  text_.clear();
  nodes_.clear();
  for (const auto& [name, value] : request.headers)
    line(name, value);
  if (request.method == "POST" || !request.body.empty()) {
    // libcurl would say that it is a form.
    if (http::value_of(request.headers, "Content-Type").empty()) {
      add("Content-Type:");
    }
    if (request.body.size() >= large_body) add("Expect:");
  }
  link();
}

curl_slist* HeaderList::first() {
  return nodes_.empty() ? nullptr : nodes_.data();
}

void HeaderList::line(std::string_view name, std::string_view value) {
  starts_.push_back(text_.size());
  text_ += name;
  // "Name:" would take the header out.
  text_ += value.empty() ? ";" : ": ";
  text_ += value;
  text_ += '\0';
}

void HeaderList::add(std::string_view line) {
  starts_.push_back(text_.size());
  text_ += line;
  text_ += '\0';
}

void HeaderList::link() {
  for (const std::size_t start : starts_)
    nodes_.push_back({.data = text_.data() + start, .next = nullptr});
  for (std::size_t i = 1; i < nodes_.size(); ++i)
    nodes_[i - 1].next = &nodes_[i];
  starts_.clear();
}

// No exception may pass through them.
struct Transfer::Callbacks {
  static std::size_t on_header(char* data, std::size_t, std::size_t size,
                               void* self) noexcept {
    return static_cast<Transfer*>(self)->note_line({data, size}) ? size : 0;
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t size,
                             void* self) noexcept {
    return static_cast<Transfer*>(self)->note_bytes({data, size}) ? size : 0;
  }

  static std::size_t on_read(char* to, std::size_t, std::size_t size,
                             void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::string& body = transfer.request_.body;
    const std::size_t count = body.copy(to, size, transfer.sent_size_);
    transfer.sent_size_ += count;
    return count;
  }

  static curl_socket_t on_open(void* self, curlsocktype,
                               curl_sockaddr* address) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.around_.notes.reached.push_back(transfer.id_);
    const int fd = transfer.around_.sockets.open(
        address->family, address->socktype, address->protocol);
    transfer.is_crowded_ = fd < 0 && errno != EAFNOSUPPORT;
    return fd;
  }

  static int on_close(void* sockets, curl_socket_t fd) noexcept {
    return static_cast<Sockets*>(sockets)->close(fd);
  }

  static CURLcode on_tls(CURL*, void* context, void* trust) noexcept {
    const bool given =
        static_cast<Trust*>(trust)->give(static_cast<ssl_ctx_st*>(context));
    return given ? CURLE_OK : CURLE_SSL_CACERT_BADFILE;
  }
};

template <typename Value>
void Transfer::set(int option, Value value) {
  if (code_ != CURLE_OK) return;
  code_ =
      ::curl_easy_setopt(easy_.get(), static_cast<CURLoption>(option), value);
}

void Transfer::EasyDeleter::operator()(void* easy) const {
  ::curl_easy_cleanup(easy);
}

void Transfer::ListDeleter::operator()(curl_slist* list) const {
  ::curl_slist_free_all(list);
}

Transfer::~Transfer() = default;

Transfer::Transfer(const Surroundings& around)
    : easy_(::curl_easy_init()), around_(around) {
  if (!easy_) fail_curl("curl_easy_init");
  set(CURLOPT_PRIVATE, this);
  static_assert(sizeof(error_text_) == CURL_ERROR_SIZE);
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_HEADERFUNCTION, &Callbacks::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Callbacks::on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_OPENSOCKETFUNCTION, &Callbacks::on_open);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_CLOSESOCKETFUNCTION, &Callbacks::on_close);
  set(CURLOPT_CLOSESOCKETDATA, &around_.sockets);
  set(CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(around_.limits.connect_timeout.count()));
  set(CURLOPT_BUFFERSIZE, buffer_size);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_ACCEPT_ENCODING, "");
  set(CURLOPT_PATH_AS_IS, 1L);
  // A user name in a URL is no password; see configure(), too.
  set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NONE));
  set(CURLOPT_PIPEWAIT, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_HTTP09_ALLOWED, 0L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  // A lookup that nobody answers would stall all others until it ends.
  set(CURLOPT_QUICK_EXIT, 1L);
  // on_tls() says whom to trust.
  for (const CURLoption none : {CURLOPT_CAINFO, CURLOPT_CAPATH,
                                CURLOPT_PROXY_CAINFO, CURLOPT_PROXY_CAPATH}) {
    set(none, nullptr);
  }
  set(CURLOPT_SSL_CTX_FUNCTION, &Callbacks::on_tls);
  set(CURLOPT_SSL_CTX_DATA, &around_.trust);
  if (code_ != CURLE_OK) fail_curl(reason_of(code_));
}

std::string_view Transfer::put(Id id, http::Request request) {
  id_ = id;
  request_ = std::move(request);
  status_ = 0;
  line_count_ = head_size_ = body_size_ = 0;
  stage_ = Stage::head;
  has_large_head_ = has_large_body_ = is_crowded_ = false;
  is_noted_ = false;
  error_text_[0] = '\0';
  return configure();
}

void Transfer::clear() {
  id_ = 0;
  request_ = {};
  base::release(bytes_);
  base::release(told_);
  base::release(lines_);
}

http::Event Transfer::take_head() {
  stage_ = Stage::body;
  lines_.resize(line_count_);
  return http::Head{
      .status = status_, .headers = std::move(lines_), .now = head_came_};
}

void Transfer::forget(http::Event& head) {
  constexpr std::size_t usual = 64;
  auto& lines = std::get<http::Head>(head).headers;
  if (lines.size() <= usual)
    around_.notes.spare_lines.push_back(std::move(lines));
}

std::optional<http::Event> Transfer::take_bytes() {
  is_noted_ = false;
  if (bytes_.empty()) return std::nullopt;
  told_ = std::exchange(bytes_, {});
  return http::Chunk{.bytes = told_, .now = bytes_came_};
}

void Transfer::forget_bytes() {
  constexpr std::size_t usual = 16384;
  told_.clear();
  if (told_.capacity() <= usual) {
    around_.notes.spare_bytes.push_back(std::move(told_));
  }
  base::release(told_);
}

http::Event Transfer::end(int code) const {
  if (code == CURLE_OK) return http::Done{Loop::now()};
  // libcurl keeps a line of 100 KB at most, and calls a longer one so.
  const bool head = has_large_head_ || code == CURLE_OUT_OF_MEMORY;
  if (head || has_large_body_) {
    return http::Failed{.kind = http::Failure::too_large,
                        .text = fmt::format("more than {} bytes of {}",
                                            head ? around_.limits.most_head
                                                 : request_.most_body,
                                            head ? "headers" : "body"),
                        .now = Loop::now()};
  }
  // What libcurl says of a callback of ours is no help to anybody.
  const bool trusts_nobody = code == CURLE_SSL_CACERT_BADFILE;
  std::string text =
      trusts_nobody
          ? base::Sentence(base::say::no_authorities).in(base::Language::en)
      : error_text_[0] != '\0' ? error_text_.data()
                               : reason_of(code);
  if (!last_reply_.empty()) text += " (" + last_reply_ + ')';
  return http::Failed{.kind = failure(code),
                      .text = without_userinfo(text),
                      .now = Loop::now()};
}

bool Transfer::was_multiplexed() const {
  long version = 0;  // known from the head on
  ::curl_easy_getinfo(easy(), CURLINFO_HTTP_VERSION, &version);
  return version == CURL_HTTP_VERSION_2_0;
}

void Transfer::note() {
  if (!std::exchange(is_noted_, true)) around_.notes.heard.push_back(id_);
}

bool Transfer::note_line(std::string_view line) {
  head_size_ += line.size();
  has_large_head_ = head_size_ > around_.limits.most_head;
  if (has_large_head_) return false;
  if (stage_ != Stage::head) return true;  // trailers
  while (line.ends_with('\r') || line.ends_with('\n'))
    line.remove_suffix(1);
  if (is_for_mail()) {
    last_reply_ = line;
  } else if (line.empty()) {
    note_head();
  } else if (line.starts_with("HTTP/")) {
    note_status(line);
  } else {
    note_field(line);
  }
  return true;
}

void Transfer::note_status(std::string_view line) {
  if (lines_.empty()) lines_ = taken_from(around_.notes.spare_lines);
  line_count_ = 0;
  status_ = 0;
  line.remove_prefix(std::min(line.find(' '), line.size() - 1) + 1);
  std::from_chars(line.data(), line.data() + line.size(), status_);
}

void Transfer::note_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = base::trimmed(line.substr(colon + 1));
  if (line_count_ == lines_.size()) lines_.emplace_back();
  lines_[line_count_].first = name;
  lines_[line_count_].second = value;
  ++line_count_;
}

void Transfer::note_head() {
  // "100 Continue" and its like; but 101 is the last that HTTP says.
  if (status_ < 200 && status_ != 101) return;
  stage_ = Stage::head_came;
  head_came_ = Loop::now();
  note();
}

bool Transfer::note_bytes(std::string_view piece) {
  body_size_ += piece.size();
  has_large_body_ = body_size_ > request_.most_body;
  if (has_large_body_) return false;
  if (bytes_.empty()) {
    bytes_ = taken_from(around_.notes.spare_bytes);
    bytes_came_ = Loop::now();
  }
  bytes_ += piece;
  note();
  return true;
}

http::Failure Transfer::failure(int code) const {
  if (code == CURLE_SSL_CACERT_BADFILE) return http::Failure::untrusting;
  // Where the body was not refused by us, its decoder refused to write it.
  if (code == CURLE_BAD_CONTENT_ENCODING || code == CURLE_WRITE_ERROR) {
    return http::Failure::undecoded;
  }
  curl_off_t ready = 0;  // set on a connection used again, too
  ::curl_easy_getinfo(easy(), CURLINFO_PRETRANSFER_TIME_T, &ready);
  if (ready == 0) {
    // Of an answer that is no HTTP it says the latter, too.
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
      return http::Failure::unsendable;
    }
    return is_crowded_ || !is_descriptor_left() ? http::Failure::crowded
                                                : http::Failure::connect;
  }
  if (code == CURLE_OPERATION_TIMEDOUT) return http::Failure::timeout;
  return was_shared(code) ? http::Failure::shared : http::Failure::broken;
}

bool Transfer::was_shared(int code) const {
  if (code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM) return true;
  if (stage_ != Stage::head) return was_multiplexed();
  if (code == CURLE_PARTIAL_FILE) return true;
  long opened = 1;
  ::curl_easy_getinfo(easy(), CURLINFO_NUM_CONNECTS, &opened);
  return opened == 0;
}

std::string_view Transfer::trouble() {
  if (code_ == CURLE_OK) return {};
  return reason_of(std::exchange(code_, CURLE_OK));
}

std::string_view Transfer::configure() {
  for (const auto& [name, value] : request_.headers) {
    if (name.empty() || !is_one_line(name) || !is_one_line(value)) {
      return "a header that is no header";
    }
  }
  if (!is_one_line(request_.url) || !is_one_line(request_.method) ||
      !is_one_line(request_.proxy.reveal())) {
    return "a line end in the URL, the method or the proxy";
  }
  if (is_for_mail()) return configure_mail(*request_.mail);
  headers_.put(request_);
  set(CURLOPT_HTTPHEADER, headers_.first());
  // libcurl would make a password of it.
  const bool has_userinfo = request_.url.find('@') != std::string::npos;
  const std::string bare =
      has_userinfo ? http::without_userinfo(request_.url) : request_.url;
  // The gateways' client sends a blank so, too; libcurl does not.
  set(CURLOPT_URL, base::replaced(bare, " ", "%20").c_str());
  // Only TLS tells whether there is HTTP/2, and who asks without TLS would
  // wait for the first connection to say so.
  const bool http2 = !request_.http1 && http::is_https(request_.url);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(http2 ? CURL_HTTP_VERSION_2TLS
                                                    : CURL_HTTP_VERSION_1_1));
  configure_timeout();
  configure_method();
  configure_proxy();
  return trouble();
}

std::string_view Transfer::configure_mail(const http::Mail& mail) {
  for (const std::string& to : mail.to) {
    if (!is_one_line(to)) return "a line end in an address";
    curl_slist* longer = ::curl_slist_append(recipients_.get(), to.c_str());
    if (longer == nullptr) fail_curl("curl_slist_append");
    if (!recipients_) recipients_.reset(longer);  // else it is the same
  }
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_MAIL_FROM, mail.from.c_str());
  set(CURLOPT_MAIL_RCPT, recipients_.get());
  set(CURLOPT_FORBID_REUSE, 1L);  // the next mail may be hours away
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, &Callbacks::on_read);
  set(CURLOPT_READDATA, this);
  set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  set(CURLOPT_USE_SSL,
      static_cast<long>(mail.needs_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  if (!mail.username.empty()) {
    // All that the server offers, unlike HTTP's.
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, mail.username.c_str());
    set(CURLOPT_PASSWORD, mail.password.reveal().c_str());
  }
  set(CURLOPT_SSL_VERIFYPEER, mail.verifies ? 1L : 0L);
  set(CURLOPT_SSL_VERIFYHOST, mail.verifies ? 2L : 0L);
  configure_timeout();
  return trouble();
}

void Transfer::configure_method() {
  const bool usual = request_.method == "POST" ||
                     (request_.method == "GET" && request_.body.empty());
  if (request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (request_.method != "POST" && request_.body.empty()) {
    set(CURLOPT_HTTPGET, 1L);
  } else {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDS, request_.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE,
        static_cast<curl_off_t>(request_.body.size()));
  }
  if (usual && !has_own_method_) return;
  has_own_method_ = !usual;
  set(CURLOPT_CUSTOMREQUEST, usual ? nullptr : request_.method.c_str());
}

void Transfer::configure_timeout() {
  set(CURLOPT_TIMEOUT_MS,
      static_cast<long>(
          std::max(request_.timeout, base::Milliseconds(1)).count()));
}

void Transfer::configure_proxy() {
  const bool proxied = !request_.proxy.empty();
  if (!proxied && !has_own_proxy_) return;
  has_own_proxy_ = proxied;
  set(CURLOPT_PROXY, proxied ? request_.proxy.reveal().c_str() : nullptr);
  // What NO_PROXY exempts is only exempt from the environment's own proxies.
  set(CURLOPT_NOPROXY, proxied ? "" : nullptr);
}

}  // namespace net
