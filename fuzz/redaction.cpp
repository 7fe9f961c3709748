#include <string>

#include "base/redact.h"
#include "base/text.h"
#include "targets.h"

// However a text is put together around a secret: the secret is not in what is
// shown of it.

void fuzz::redaction(Input input) {
  static const std::string secret = "sk-Fuzz+0123456789/abcdef";
  static const base::Redactor redactor = [] {
    base::Redactor made;
    made.add(base::Secret(secret));
    return made;
  }();
  const auto form = input.byte() % 4;
  const std::string_view before = input.text();
  const std::string_view after = input.rest();
  std::string text(before);
  text += form == 0   ? secret
          : form == 1 ? base::percent_encoded(secret)
          : form == 2 ? base::base64(secret)
                      : base::base64(secret).insert(12, "\r\n");
  text += after;
  const std::string shown = redactor.redact(text);
  std::string unfolded = shown;
  std::erase(unfolded, ' ');
  for (const std::string& known :
       {secret, base::percent_encoded(secret), base::base64(secret)}) {
    fuzz::require(shown.find(known) == std::string::npos);
    fuzz::require(unfolded.find(known) == std::string::npos);
  }
  fuzz::require(base::is_utf8(shown));
  fuzz::require(!base::has_control(shown));
  redactor.excerpt(text);
}
