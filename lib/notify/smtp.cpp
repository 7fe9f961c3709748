#include <array>
#include <memory>

#include <fmt/format.h>

#include "base/messages_notify.h"
#include "base/text.h"
#include "notify/call.h"
#include "notify/text.h"

namespace notify {

namespace {

namespace say = base::say;

constexpr int port_of_smtps = 465;

// The address of "Name <a@b>", or all of it.
std::string address_in(std::string_view text) {
  const std::size_t begin = text.rfind('<');
  const std::size_t end = text.rfind('>');
  if (begin < end && end != text.npos) {
    text = text.substr(begin + 1, end - begin - 1);
  }
  return std::string(base::trimmed(text));
}

// RFC 5322 3.3, in UTC.
std::string date_of(std::chrono::milliseconds since_1970) {
  constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed",
                                               "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr",
                                                  "May", "Jun", "Jul", "Aug",
                                                  "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_time<std::chrono::milliseconds> at(since_1970);
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(
      std::chrono::floor<std::chrono::seconds>(at - day));
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                     days.at(std::chrono::weekday(day).c_encoding()),
                     static_cast<unsigned>(date.day()),
                     months.at(static_cast<unsigned>(date.month()) - 1),
                     static_cast<int>(date.year()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

// Encoded words with whole characters in each, no line with more than 76
// characters, "Subject: " included (RFC 2047).
std::string encoded_words(std::string_view text) {
  constexpr std::size_t most_bytes = 39;  // 52 in base64
  std::string words;
  while (!text.empty()) {
    std::size_t size = std::min(most_bytes, text.size());
    while (size < text.size() &&
           (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) {
      --size;
    }
    if (!words.empty()) words += "\r\n ";
    words += "=?UTF-8?B?" + base::base64(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
  }
  return words;
}

// Lines of 76 characters.  No line of it begins with a dot.
std::string base64_lines(std::string_view text) {
  constexpr std::size_t most = 76;
  const std::string all = base::base64(text);
  std::string lines;
  for (std::size_t i = 0; i < all.size(); i += most) {
    lines += all.substr(i, most) + "\r\n";
  }
  return lines;
}

// What begins a line of a list of addresses, folded.
std::string addresses(const std::vector<std::string>& all) {
  return base::joined(all, ",\r\n ");
}

std::string mail_of(const core::Message& message, const Moment& moment,
                    const Smtp& smtp) {
  const std::string from = address_in(smtp.from);
  const std::size_t at = from.rfind('@');
  const std::string domain =
      at == std::string::npos ? "localhost" : from.substr(at + 1);
  std::string mail;
  const auto header = [&](std::string_view name, std::string_view value) {
    mail.append(name).append(": ").append(value).append("\r\n");
  };
  header("Date", date_of(moment.since_1970));
  header("From", "Channel Monitor <" + from + ">");
  header("To", addresses(smtp.to));
  header("Message-ID", "<" + moment.id + "@" + domain + ">");
  header("Subject", encoded_words(titled(message)));
  header("MIME-Version", "1.0");
  header("Content-Type", "text/plain; charset=utf-8");
  header("Content-Transfer-Encoding", "base64");
  header("Auto-Submitted", "auto-generated");
  return mail + "\r\n" + base64_lines(body_of(message, "\r\n") + "\r\n");
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

std::string url_of(const Smtp& smtp) {
  const bool is_ipv6 = smtp.host.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}",
                     smtp.port == port_of_smtps ? "smtps" : "smtp",
                     is_ipv6 ? '[' + smtp.host + ']' : smtp.host, smtp.port);
}

Answer read(const Reply& reply, const base::Redactor& redactor) {
  if (!reply.failed) return Sent{};
  return Later{{say::notify_mail_failed, redactor.excerpt(reply.failed->text)},
               {}};
}

}  // namespace

// A password only travels within TLS, or within this machine; a mail without
// one takes TLS where it is offered, as a relay of the house may have none.
Service smtp(const Smtp& settings) {
  base::Redactor redactor;
  redactor.add(settings.password);
  base::http::Mail envelope{.from = address_in(settings.from),
                            .to = settings.to,
                            .username = settings.username,
                            .password = settings.password,
                            .needs_tls = !settings.username.empty() &&
                                         !is_this_machine(settings.host),
                            .verifies = settings.verifies};
  return service(
      "smtp", redactor, read,
      [settings,
       mail = std::make_shared<const base::http::Mail>(std::move(envelope))](
          const core::Message& message, const Moment& moment) {
        return base::http::Request{.method = "POST",
                                   .url = url_of(settings),
                                   .body = mail_of(message, moment, settings),
                                   .timeout = time_limit,
                                   .mail = mail};
      });
}

}  // namespace notify
