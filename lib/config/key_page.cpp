#include "config/key_page.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "config/parse.h"

namespace config {

namespace {

using base::Phrase;
using base::Sentence;

constexpr std::string_view introduction_en =
    R"(# Configuration

Every key, with its default and what is accepted. This page is made from the
table in `lib/config`; a test holds it to that, and writes it anew where
`UPDATE_DOCS=1` is set. `channel-monitor init` writes a first configuration, and
[config_example.json](../config_example.json) shows the common keys together.

- The file is JSON, with comments, or YAML: `config.yaml`, `config.yml` or
  `config.json` of the working directory, the first that is there, or what
  `--config` names. Only `db_dsn` and `time_period` are needed.
- Any text may be `"${NAME}"`, a variable of the environment, or `"file:/path"`,
  the content of a file: keep passwords and tokens there. The whole text has to be
  that. A variable that is not set is an error.
- A duration is a number with a unit, as Go writes it: `30s`, `5m`, `1h30m`.
- A pattern for models is a name, or a glob with `*` and `?`.
- Everything that is wrong is said at once, each with the path of its key and its
  line; then nothing is touched (exit code 2). A key that is not known is a warning
  that names the nearest one.
- `kill -HUP`, or `systemctl reload channel-monitor`, reads the file again: it
  counts from the next round on, `log` and `language` at once. A change of `db_type`,
  `db_dsn`, `state` or `metrics` needs a restart.
- All keys of ChannelMonitor v0.5.5 are accepted: see [migration.md](migration.md).

How a database is named in `db_dsn`:

| `db_type` | form |
|---|---|
| `mysql` (MariaDB, too) | `user:password@tcp(host:3306)/database`, `user:password@unix(/path)/database`; parameters such as `?tls=true` as the gateway writes them |
| `postgres` | `postgres://user:password@host:5432/database?sslmode=require`, or `host=… user=… dbname=…` |
| `sqlite` | a path, relative to the working directory, or a `file:` URI |
)";

constexpr std::string_view introduction_zh =
    R"(# 配置说明

本页列出全部配置项、默认值与可接受的取值。内容由 `lib/config` 中的表生成,并由测试保证一致;
设置 `UPDATE_DOCS=1` 运行该测试即可重新生成。`channel-monitor init` 可生成初始配置,
[config_example.json](../config_example.json) 汇总了常用配置项。

- 配置文件为带注释的 JSON 或 YAML:依次查找当前目录下的 `config.yaml`、`config.yml`、`config.json`,
  或用 `--config` 指定。只有 `db_dsn` 和 `time_period` 必填。
- 任何字符串都可以写成 `"${NAME}"`(环境变量)或 `"file:/path"`(文件内容),密码和令牌请放在那里。
  整个字符串必须只有这一项;变量未设置时报错。
- 时长为带单位的数字,与 Go 的写法相同:`30s`、`5m`、`1h30m`。
- 模型可写名称,也可写含 `*`、`?` 的通配符。
- 所有错误会一次全部列出,注明配置项路径和行号,且不做任何改动(退出码 2)。未知配置项只给出警告,并提示最接近的名称。
- `kill -HUP` 或 `systemctl reload channel-monitor` 会重新读取配置,下一轮起生效(`log` 与 `language` 立即生效);
  修改 `db_type`、`db_dsn`、`state` 或 `metrics` 需要重启。
- 兼容 ChannelMonitor v0.5.5 的全部配置项,见 [migration.zh-CN.md](migration.zh-CN.md)。

`db_dsn` 的写法:

| `db_type` | 格式 |
|---|---|
| `mysql`(包括 MariaDB) | `user:password@tcp(host:3306)/database`、`user:password@unix(/path)/database`;可带 `?tls=true` 等参数,与网关写法相同 |
| `postgres` | `postgres://user:password@host:5432/database?sslmode=require`,或 `host=… user=… dbname=…` |
| `sqlite` | 文件路径(相对路径以工作目录为准),或 `file:` URI |
)";

// A section begins with its first key.
struct Section {
  std::string_view first;
  Phrase title;
};

constexpr std::array<Section, 6> sections = {{
    {"product", {"The gateway", "网关"}},
    {"time_period", {"Rounds and decisions", "轮次与判定"}},
    {"include_channel", {"What is looked at", "检测范围"}},
    {"max_concurrent", {"Limits", "限制"}},
    {"guard", {"Guards and probes", "保护与检测请求"}},
    {"log", {"What is told", "日志、指标与通知"}},
}};

constexpr Phrase head{
    "| key | default | expected | meaning |\n|---|---|---|---|\n",
    "| 配置项 | 默认值 | 取值 | 含义 |\n|---|---|---|---|\n"};

// As the text of a cell: bars would end it, "*" would be read as a mark.
std::string cell(const std::string& text) {
  std::string safe = base::replaced(text, "|", "\\|");
  safe = base::replaced(safe, "*", "\\*");
  return base::replaced(base::replaced(safe, "<", "&lt;"), "\n", " ");
}

std::string row_of(const KeyInfo& key, base::Language language) {
  return fmt::format(
      "| `{}` | {} | {} | {} |\n", key.path,
      key.fallback.empty() ? "–" : fmt::format("`{}`", key.fallback),
      cell(std::string(base::trimmed(key.expected.in(language)))),
      cell(Sentence(key.meaning).in(language)));
}

}  // namespace

std::string key_page(base::Language language) {
  std::string page(language == base::Language::zh ? introduction_zh
                                                  : introduction_en);
  for (const KeyInfo& key : known_keys()) {
    const auto* const section =
        std::find_if(sections.begin(), sections.end(),
                     [&](const Section& one) { return one.first == key.path; });
    if (section != sections.end()) {
      page +=
          fmt::format("\n## {}\n\n{}", Sentence(section->title).in(language),
                      Sentence(head).in(language));
    }
    page += row_of(key, language);
  }
  return page;
}

}  // namespace config
