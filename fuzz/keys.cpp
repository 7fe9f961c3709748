#include <string>

#include "base/text.h"
#include "core/channel.h"
#include "targets.h"

// Whatever an administrator pasted for keys: they are what stands there, in
// its order, and never shown.

void fuzz::keys(Input input) {
  const core::Schema schema{core::Product::newapi, {"channel_info"}};
  core::Channel channel;
  channel.channel_info = input.text();
  const std::string column(input.rest());
  channel.key = base::Secret(column);
  const auto all = core::keys_of(channel, schema);
  fuzz::require(core::has_many_keys(channel, schema) || all.size() == 1);
  std::size_t from = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string& text = all[i].secret.reveal();
    fuzz::require(all[i].index == i);
    from = column.find(text, from);
    fuzz::require(from != std::string::npos);
    from += text.size();
    const std::string shown = core::shown(all[i]);
    fuzz::require(base::is_utf8(shown));
    fuzz::require(!base::has_control(shown));
    fuzz::require(shown.size() < 64);
  }
  core::config_error_of(channel, schema);
}
