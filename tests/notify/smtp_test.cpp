#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "base/json.h"
#include "base/text.h"
#include "catch.h"
#include "net/loop.h"
#include "notify/sender.h"
#include "support/gateways.h"
#include "support/program.h"

using base::Secret;

namespace {

// A real mail server of another make, with a certificate of its own.
class MailServer {
 public:
  explicit MailServer(const std::string& mode) {
    const support::Ended made = support::run(
        {.file = "/usr/bin/openssl",
         .arguments = {"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
                       "10", "-subj", "/CN=localhost", "-addext",
                       "subjectAltName=DNS:localhost", "-keyout",
                       folder_.file("server.key"), "-out",
                       folder_.file("server.pem")},
         .folder = folder_.path()});
    REQUIRE(made.code == 0);
    program_.emplace(
        support::Command{.file = "/usr/bin/python3",
                         .arguments = {MAIL_SERVER, mode, folder_.path()},
                         .folder = folder_.path()});
    for (int i = 0; i < 200 && program_->out().find('\n') == std::string::npos;
         ++i) {
      REQUIRE(program_->is_running());
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    port_ = std::atoi(program_->out().c_str());
    REQUIRE(port_ > 0);
  }

  int port() const { return port_; }
  std::string ca_file() const { return folder_.file("server.pem"); }

  // What it took, as another program reads it; nothing where there is none.
  std::optional<base::json::Document> mail(int number) const {
    std::ifstream file(
        folder_.file("mail-" + std::to_string(number) + ".json"));
    if (!file) return std::nullopt;
    std::stringstream text;
    text << file.rdbuf();
    base::json::Document json;
    REQUIRE(json.parse(text.str()));
    return json;
  }

 private:
  support::TemporaryFolder folder_;
  std::optional<support::Program> program_;
  int port_ = 0;
};

notify::Smtp settings_for(const MailServer& server) {
  return {.host = "localhost",
          .port = server.port(),
          .username = "me",
          .password = Secret("pass word"),
          .from = "Monitor <monitor@example.com>",
          .to = {"you@example.com", "they@example.org"}};
}

core::Message some_message() {
  core::Message message;
  message.title =
      "停用渠道 1 个,移除模型 2 个,还有一个非常长的标题需要折行 😀😀😀😀😀";
  message.lines = {"渠道 7(张三):", ".", ".. two dots", "- 移除:gpt-4",
                   std::string(3000, 'x')};
  message.at = base::wall_time(1'760'000'000);
  return message;
}

std::string send(const notify::Smtp& smtp, const std::string& ca_file) {
  net::Loop loop;
  notify::Sender sender(loop, ca_file);
  std::string said = "nothing";
  sender.send(notify::smtp(smtp), some_message(), [&](const auto& answer) {
    const auto* later = std::get_if<notify::Later>(&answer);
    said = later == nullptr ? "sent" : later->why.in(base::Language::en);
    loop.stop();
  });
  loop.run();
  return said;
}

void check_text(const base::json::Document& mail) {
  CHECK(mail.text("/from") == "monitor@example.com");
  CHECK(mail.texts("/to", "") ==
        std::vector<std::string>{"you@example.com", "they@example.org"});
  CHECK(mail.text("/headers/from") == "Channel Monitor <monitor@example.com>");
  CHECK(mail.text("/headers/to") == "you@example.com, they@example.org");
  CHECK(mail.text("/headers/subject") ==
        "Channel Monitor: " + some_message().title);
  CHECK(mail.text("/type") == "text/plain");
  CHECK(mail.text("/charset") == "utf-8");
  std::string text(mail.text("/text").value_or(""));
  text = base::replaced(text, "\r\n", "\n");
  CHECK(text == base::joined(some_message().lines, "\n") + "\n");
  CHECK(mail.size("/defects") == 0);
  CHECK(mail.truth("/ascii") == true);
  CHECK(mail.number("/longest").value_or(999) <= 76);
  const std::string id(mail.text("/headers/message-id").value_or(""));
  CHECK(id.ends_with("@example.com>"));
  CHECK(id.size() == std::string_view("<@example.com>").size() + 32);
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  CHECK(std::abs(mail.real("/date").value_or(0) -
                 static_cast<double>(now.count())) < 60);
}

}  // namespace

TEST_CASE("a mail goes through STARTTLS with a log-in, and reads as it was") {
  const MailServer server("starttls");
  const notify::Smtp smtp = settings_for(server);
  CHECK(send(smtp, server.ca_file()) == "sent");
  const auto mail = server.mail(1);
  REQUIRE(mail);
  check_text(*mail);
  CHECK(mail->truth("/tls") == true);
  CHECK(mail->text("/user") == "me");

  SECTION("a certificate that nobody vouches for is refused, unless trusted") {
    const std::string said = send(smtp, "");
    INFO(said);
    CHECK(said.find("certificate") != std::string::npos);
    CHECK_FALSE(server.mail(2));
    notify::Smtp trusting = smtp;
    trusting.verifies = false;
    CHECK(send(trusting, "") == "sent");
    CHECK(server.mail(2));
  }
  SECTION("a wrong password is told, and not shown") {
    notify::Smtp wrong = smtp;
    wrong.password = Secret("hunter2-hunter2");
    const std::string said = send(wrong, server.ca_file());
    INFO(said);
    CHECK(said.find("535") != std::string::npos);
    CHECK(said.find("hunter2") == std::string::npos);
    CHECK_FALSE(server.mail(2));
  }
  SECTION("an unknown recipient is told") {
    notify::Smtp wrong = smtp;
    wrong.to = {"nobody@example.com"};
    const std::string said = send(wrong, server.ca_file());
    INFO(said);
    CHECK(said.find("550") != std::string::npos);
    CHECK_FALSE(server.mail(2));
  }
}

TEST_CASE("a relay of this machine needs neither TLS nor a log-in") {
  const MailServer server("plain");
  notify::Smtp smtp = settings_for(server);
  smtp.username.clear();
  CHECK(send(smtp, "") == "sent");
  const auto mail = server.mail(1);
  REQUIRE(mail);
  check_text(*mail);
  CHECK(mail->truth("/tls") == false);
}

TEST_CASE("a password does not travel in the open to another machine") {
  const MailServer server("plain");
  notify::Smtp smtp = settings_for(server);
  smtp.host = "127.1";  // nobody knows that this is the same
  const std::string said = send(smtp, server.ca_file());
  INFO(said);
  CHECK(said.find("STARTTLS") != std::string::npos);
  CHECK_FALSE(server.mail(1));
}

TEST_CASE("a mail goes through TLS from the start") {
  const MailServer server("tls");
  net::Loop loop;
  notify::Sender sender(loop, server.ca_file());
  notify::Service service = notify::smtp(settings_for(server));
  // As for port 465, which only the administrator may listen on.
  service.render = [plain = service.render](const auto& message,
                                            const auto& moment) {
    auto request = plain(message, moment);
    request.url.insert(4, "s");
    return request;
  };
  bool sent = false;
  sender.send(service, some_message(), [&](const auto& answer) {
    sent = std::holds_alternative<notify::Sent>(answer);
    loop.stop();
  });
  loop.run();
  CHECK(sent);
  const auto mail = server.mail(1);
  REQUIRE(mail);
  check_text(*mail);
  CHECK(mail->truth("/tls") == true);
  CHECK(mail->text("/user") == "me");
}

TEST_CASE("port 465 is TLS from the start, others are not") {
  notify::Smtp smtp{.host = "mail.example.com", .port = 465, .from = "a@b"};
  CHECK(notify::smtp(smtp).render(some_message(), {}).url ==
        "smtps://mail.example.com:465");
  smtp.port = 587;
  CHECK(notify::smtp(smtp).render(some_message(), {}).url ==
        "smtp://mail.example.com:587");
}
