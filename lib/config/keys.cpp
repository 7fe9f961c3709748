#include "config/keys.h"

#include <chrono>
#include <iterator>
#include <utility>

namespace config {
namespace {

using base::Milliseconds;
using base::Sentence;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
namespace say = base::say;

template <typename Owner>
using Fields = std::vector<Field<Owner>>;

constexpr int most_count = 1'000'000;
constexpr double most_rate = 1'000'000;
constexpr hours ten_years(87'600);

const std::vector<std::pair<std::string, Kind>>& kinds() {
  static const std::vector<std::pair<std::string, Kind>> all{
      {"chat", Kind::chat},
      {"responses", Kind::responses},
      {"embedding", Kind::embedding},
      {"rerank", Kind::rerank},
      {"moderation", Kind::moderation},
      {"image", Kind::image},
      {"research", Kind::research},
      {"speech", Kind::speech},
      {"transcription", Kind::transcription},
      {"video", Kind::video},
      {"realtime", Kind::realtime}};
  return all;
}

// Those that are not probed unless somebody asks for it.
std::vector<std::pair<std::string, Kind>> expensive_kinds() {
  return {kinds().begin() + static_cast<std::ptrdiff_t>(Kind::image),
          kinds().end()};
}

// `oneapi_type` is a hint of older files: an unknown word does no harm.
Reader<Product> product_hint() {
  const Reader<Product> known = choice<Product>({{"oneapi", Product::oneapi},
                                                 {"newapi", Product::newapi},
                                                 {"onehub", Product::onehub}});
  auto read = [known](const Value& value, const Spot& spot, Product& target) {
    if (value.kind != Value::Kind::text) {
      return known.read(value, spot, target);
    }
    Reading unheard(spot.reading.sources());
    const Spot there{unheard, spot.path, spot.line};
    if (!known.read(value, there, target) && !value.text.empty()) {
      spot.warn(
          {say::config_expected, known.expected, described(value, false)});
    }
    return true;
  };
  return {known.expected, read};
}

Reader<Engine> engine() {
  const Reader<Engine> known = choice<Engine>({{"mysql", Engine::mysql},
                                               {"sqlite", Engine::sqlite},
                                               {"postgres", Engine::postgres}});
  auto read = [known](const Value& value, const Spot& spot, Engine& target) {
    if (value.kind == Value::Kind::text &&
        base::lower(value.text) == "sqlserver") {
      spot.complain(say::config_sqlserver);
      return false;
    }
    return known.read(value, spot, target);
  };
  return {known.expected, read};
}

// Reads the DSN as that of the engine that was read before.
bool read_dsn(const Value& value, const Spot& spot, Address& target) {
  const bool uri =
      target.engine == Engine::sqlite && value.text.starts_with("file:");
  const std::optional<Value> there = uri ? value : spot.resolved(value);
  if (!there) return false;
  if (there->kind != Value::Kind::text || there->text.empty()) {
    spot.expected(say::expected_dsn, *there, true);
    return false;
  }
  if (spot.reading.blamed("db_type")) return false;
  auto address = address_of(target.engine, base::trimmed(there->text));
  if (const auto* why = std::get_if<Sentence>(&address)) {
    spot.complain(*why);
    return false;
  }
  target = std::get<Address>(std::move(address));
  for (const std::string& name : ignored_keywords(target)) {
    spot.warn(name.empty() ? Sentence(say::dsn_postgres_unknown)
                           : Sentence{say::dsn_postgres_ignored, name});
  }
  return true;
}

Field<Config> db_type() {
  Field<Config> row{
      {"db_type",
       engine().expected,
       "\"mysql\"",
       {"which database the gateway runs on", "网关所用的数据库类型"}},
      {},
      {}};
  row.read = [](const Value& value, const Spot& spot, Config& config) {
    engine().read(value, spot, config.database.engine);
  };
  return row;
}

Fields<Config> database_fields() {
  return {
      field({"product",
             "\"auto\"",
             {"which gateway it is, where that is to overrule its tables",
              "网关产品;设置后不再根据表结构判断"}},
            &Config::product,
            choice<Product>({{"auto", Product::automatic},
                             {"oneapi", Product::oneapi},
                             {"newapi", Product::newapi},
                             {"onehub", Product::onehub}})),
      field({"oneapi_type",
             "",
             {"the same as older versions knew it: a hint that the tables "
              "overrule",
              "旧版本的网关类型提示,以表结构为准"}},
            &Config::oneapi_type, product_hint()),
      db_type(),
      field({"db_dsn",
             "",
             {"where the database is and how to log in; needed",
              "数据库地址与登录信息,必填"}},
            &Config::database, {say::expected_dsn, read_dsn}),
      field({"base_url",
             "\"\"",
             {"address of the gateway itself, to tell a OneHub to read its "
              "channels again",
              "网关自身的地址,用于通知 OneHub 重新加载渠道"}},
            &Config::base_url, url()),
      field({"system_token",
             "\"\"",
             {"the administrator's access token for that",
              "网关管理员的访问令牌"}},
            &Config::system_token, secret()),
      field({"do_not_modify_db",
             "false",
             {"probe and report, but never write to the gateway",
              "只检测和报告,不修改网关数据库"}},
            &Config::do_not_modify_db, truth()),
      field({"write_test_time",
             "false",
             {"write time and speed of the test of every probed channel, "
              "changed or not",
              "即使渠道没有变化也写入测试时间和响应时间"}},
            &Config::write_test_time, truth()),
      field({"state",
             "\"channel-monitor.db\"",
             {"the monitor's own file; a relative path is relative to the "
              "configuration",
              "本程序自己的数据文件,相对路径以配置文件所在目录为准"}},
            &Config::state, path()),
  };
}

Fields<Recheck> recheck_fields() {
  return {
      field({"alive",
             "\"0s\"",
             {"how long a model that answered is not asked again",
              "可用的模型多久之内不再检测"}},
            &Recheck::alive, duration(Milliseconds(0), ten_years)),
      field({"dead",
             "\"0s\"",
             {"how long a model that failed is not asked again",
              "不可用的模型多久之内不再检测"}},
            &Recheck::dead, duration(Milliseconds(0), ten_years)),
  };
}

Fields<Config> round_fields() {
  return {
      field({"time_period",
             "",
             {"time from one round to the next; needed unless --once is given",
              "两轮检测的间隔;除非使用 --once,否则必填"}},
            &Config::time_period, duration(seconds(10), ten_years)),
      field({"round_timeout",
             "",
             {"a round is ended after this time; time_period where not given, "
              "none with --once",
              "一轮检测的最长时间;默认与 time_period 相同,--once 时不限"}},
            &Config::round_timeout, duration(seconds(1), ten_years)),
      field({"recheck", "{}", {"what is due in a round", "每轮需要检测的范围"}},
            &Config::recheck, object(recheck_fields())),
      field({"fail_after",
             "1",
             {"rounds in a row with a definite failure until a model is "
              "removed",
              "连续多少轮明确失败后移除模型"}},
            &Config::fail_after, whole(1, 1000)),
      field({"fail_after_passing",
             "3",
             {"the same for failures that may pass",
              "连续多少轮暂时性失败后移除模型"}},
            &Config::fail_after_passing, whole(1, 1000)),
      field({"recover_after",
             "1",
             {"good rounds in a row until a model is added",
              "连续多少轮成功后加入模型"}},
            &Config::recover_after, whole(1, 1000)),
      field({"forget_after",
             "\"720h\"",
             {"how long a removed model stays a candidate",
              "被移除的模型保留为候选的时间"}},
            &Config::forget_after, duration(minutes(1), ten_years)),
      field({"on_all_failed",
             "\"disable\"",
             {"what becomes of a channel of which nothing answers",
              "渠道全部模型失败时的处理方式"}},
            &Config::on_all_failed,
            choice<OnAllFailed>({{"disable", OnAllFailed::disable},
                                 {"keep", OnAllFailed::keep}})),
      field({"auto_enable",
             "\"own\"",
             {"which disabled channels are enabled when a model answers again: "
              "those that we disabled, any, none",
              "模型恢复后重新启用哪些渠道:仅本程序禁用的、全部自动禁用的、"
              "从不"}},
            &Config::auto_enable,
            choice<AutoEnable>({{"own", AutoEnable::own},
                                {"any", AutoEnable::any},
                                {"never", AutoEnable::never}})),
  };
}

Fields<Config> candidate_fields() {
  return {
      field({"include_channel",
             "[]",
             {"ids of the channels to look at; all where empty",
              "只检测这些渠道;为空表示全部"}},
            &Config::include_channel, list_of(channel_id())),
      field({"exclude_channel",
             "[]",
             {"ids of channels that are left alone", "不检测的渠道"}},
            &Config::exclude_channel, list_of(channel_id())),
      field({"exclude_model",
             "[]",
             {"models that are neither probed nor touched",
              "既不检测也不改动的模型"}},
            &Config::exclude_model, names()),
      field({"protect_model",
             "[]",
             {"models that are probed but never removed",
              "检测但从不移除的模型"}},
            &Config::protect_model, names()),
      field({"models",
             "[]",
             {"candidates where an upstream gives no list of its own",
              "上游无法提供模型列表时的候选模型"}},
            &Config::models, names()),
      field({"force_models",
             "false",
             {"look at nothing but `models`", "只检测 models 中的模型"}},
            &Config::force_models, truth()),
      field({"force_inside_models",
             "false",
             {"look at nothing but what a channel lists already",
              "只检测渠道中已有的模型"}},
            &Config::force_inside_models, truth()),
      field({"add_new_models",
             "true",
             {"add models that only the upstream's list has",
              "是否加入只有上游列表中才有的模型"}},
            &Config::add_new_models, truth()),
      field({"max_new_models",
             "100",
             {"an upstream that offers more new models than this is not "
              "followed",
              "上游一次提供的新模型超过此数时不予加入"}},
            &Config::max_new_models, whole(1, most_count)),
  };
}

Reader<double> rate() {
  return number(0, most_rate);
}

Reader<Milliseconds> timeout() {
  return config::seconds(Milliseconds(100), hours(1));
}

// What older files say of "the usual" where a value is left out.
template <typename T>
Reader<T> usual_where(const std::string& text, Value::Kind kind,
                      const Reader<T>& known) {
  auto read = [=](const Value& value, const Spot& spot, T& target) {
    if (value.kind == kind && value.text == text) return true;
    return known.read(value, spot, target);
  };
  return {known.expected, read};
}

Fields<Limit> limit_fields() {
  return {
      field({"channel", "", {"any of these ids", "渠道 id"}}, &Limit::channel,
            list_of(channel_id())),
      field({"type", "", {"the channel's type", "渠道类型"}}, &Limit::type,
            whole(0, most_count)),
      field({"host",
             "",
             {"a glob for the host, with a colon for host and port",
              "主机名通配符;含冒号时匹配主机和端口"}},
            &Limit::host, host_glob()),
      field({"rps", "", {"calls a second", "每秒请求数"}}, &Limit::rps, rate()),
      field({"rpm", "", {"calls a minute", "每分钟请求数"}}, &Limit::rpm,
            rate()),
      field({"max_concurrent", "", {"calls at once", "并发请求数"}},
            &Limit::max_concurrent, whole(0, most_count)),
      field({"timeout", "", {"of a whole call", "单次请求的总时限"}},
            &Limit::timeout, timeout()),
  };
}

void check_limit(const Spot& spot, Limit& limit) {
  const bool selects =
      !limit.channel.empty() || limit.type || !limit.host.empty();
  if (!selects && !spot.reading.blamed(spot.path)) {
    spot.complain(say::config_no_selector);
  }
  if (limit.rps || limit.rpm) {
    limit.rps = limit.rps.value_or(0);
    limit.rpm = limit.rpm.value_or(0);
  }
}

Fields<Retry> retry_fields() {
  return {
      field({"attempts",
             "2",
             {"how often more what may pass is tried",
              "暂时性失败的额外重试次数"}},
            &Retry::attempts, whole(0, 10)),
      field({"delay",
             "\"2s\"",
             {"time before the first of them, doubled each time",
              "首次重试前的等待时间,之后加倍"}},
            &Retry::delay, duration(Milliseconds(0), minutes(10))),
  };
}

Fields<Config> limits_fields() {
  return {
      field({"max_concurrent",
             "5",
             {"calls at once on one channel; 0 is no limit, here and below",
              "单个渠道的并发请求数;0 表示不限,下同"}},
            &Config::max_concurrent, whole(0, most_count)),
      field({"rps",
             "5",
             {"calls a second on one channel; 5 where neither rps nor rpm is "
              "given",
              "单个渠道每秒请求数;rps 和 rpm 都未设置时为 5"}},
            &Config::rps, rate()),
      field({"rpm",
             "0",
             {"calls a minute on one channel; with rps, both count",
              "单个渠道每分钟请求数;与 rps 同时设置时两者都生效"}},
            &Config::rpm, rate()),
      field({"max_per_host",
             "32",
             {"calls at once to one host and port", "同一主机的并发请求数"}},
            &Config::max_per_host, whole(0, most_count)),
      field({"max_in_flight",
             "512",
             {"calls at once over all", "全部渠道的并发请求总数"}},
            &Config::max_in_flight, whole(0, most_count)),
      field({"timeout",
             "10",
             {"of a whole call, from the moment it is sent",
              "单次请求的总时限,自发出时算起"}},
            &Config::timeout, usual_where("0", Value::Kind::number, timeout())),
      field({"limits",
             "[]",
             {"other limits for some channels; the first entry that matches "
              "counts",
              "部分渠道的单独限制;以首个匹配项为准"}},
            &Config::limits,
            list_of(object<Limit>(limit_fields(), check_limit))),
      field({"retry", "{}", {"re-probes", "重新检测"}}, &Config::retry,
            object(retry_fields())),
      field({"ca_file",
             "\"\"",
             {"PEM file of the authorities to trust; the system's where empty",
              "信任的 CA 证书文件(PEM);为空则使用系统证书"}},
            &Config::ca_file, path()),
  };
}

Fields<Guard> guard_fields() {
  return {
      field({"max_removed_percent",
             "30",
             {"a round that would remove more of the listed models removes "
              "nothing; 100 turns it off",
              "一轮移除的模型超过此百分比时不做任何移除;100 表示关闭"}},
            &Guard::max_removed_percent, whole(0, 100)),
      field({"min_models",
             "20",
             {"with fewer listed models than this it does not apply",
              "模型总数少于此数时不适用"}},
            &Guard::min_models, whole(0, most_count)),
      field({"accept_after",
             "0",
             {"the same removals, held for so many rounds, are accepted; 0 is "
              "never",
              "相同的移除被拦截多少轮后接受;0 表示从不"}},
            &Guard::accept_after, whole(0, 1000)),
      field({"connectivity_url",
             "\"\"",
             {"address that tells whether the monitor itself is cut off; best "
              "one of https. Of one with `generate_204` in it only the answer "
              "204 counts, and 511 never does, so that a login page in between "
              "is noticed",
              "用于判断本机网络是否中断的地址,建议用 https。地址含 "
              "`generate_204` 时只认 204 应答;511 "
              "一律不算连通,以识别中间的登录页"}},
            &Guard::connectivity_url, url()),
  };
}

Fields<KindRule> kind_rule_fields() {
  return {
      field({"match",
             "",
             {"searched in the model's name", "在模型名称中查找的正则表达式"}},
            &KindRule::match, regex()),
      field({"kind", "", {"what such a model is", "模型种类"}}, &KindRule::kind,
            choice<Kind>(kinds())),
  };
}

Reader<KindRule> kind_rule() {
  Reader<KindRule> rule = object<KindRule>(kind_rule_fields());
  rule.read = [read = rule.read](const Value& value, const Spot& spot,
                                 KindRule& target) {
    if (!read(value, spot, target)) return false;
    for (const char* name : {"match", "kind"}) {
      if (value.find(name) != nullptr) continue;
      spot.member(name, value.line).complain(say::config_needed);
    }
    return true;
  };
  return rule;
}

Fields<Probe> probe_fields() {
  return {
      field({"prompt", "\"hi\"", {"the message of a chat", "对话检测的消息"}},
            &Probe::prompt, text(1, 2000)),
      field({"max_tokens",
             "16",
             {"how many tokens an answer may have", "回答的最大 token 数"}},
            &Probe::max_tokens, whole(1, 100'000)),
      field({"stream",
             "true",
             {"ask for a stream, which tells the time to the first token",
              "使用流式请求,以便测量首 token 时间"}},
            &Probe::stream, truth()),
      field({"expensive",
             "[]",
             {"kinds to probe although they cost money or need media",
              "即使费用较高也要检测的模型种类"}},
            &Probe::expensive, list_of(choice<Kind>(expensive_kinds()))),
      field({"kinds",
             "[]",
             {"which models are of which kind; the first entry that matches "
              "counts",
              "按名称指定模型种类;以首个匹配项为准"}},
            &Probe::kinds, list_of(kind_rule())),
  };
}

Fields<Config> probe_and_guard_fields() {
  return {
      field({"guard",
             "{}",
             {"when a round is not to be believed", "何时不采信一轮的结果"}},
            &Config::guard, object(guard_fields())),
      field({"probe", "{}", {"what is sent", "检测请求的内容"}}, &Config::probe,
            object(probe_fields())),
      field({"multi_key",
             "\"first\"",
             {"on channels with several keys: probe with the first, or with "
              "each",
              "多密钥渠道:只用第一个密钥,或逐个检测"}},
            &Config::multi_key,
            choice<MultiKey>({{"first", MultiKey::first},
                              {"test_all", MultiKey::test_all}})),
  };
}

Fields<Log> log_fields() {
  return {
      field(
          {"level", "\"info\"", {"the least that is worth a line", "日志级别"}},
          &Log::level,
          choice<LogLevel>({{"debug", LogLevel::debug},
                            {"info", LogLevel::info},
                            {"warning", LogLevel::warning},
                            {"error", LogLevel::error}})),
      field({"format", "\"text\"", {"of a line", "日志格式"}}, &Log::format,
            choice<LogFormat>(
                {{"text", LogFormat::text}, {"json", LogFormat::json}})),
  };
}

Fields<Metrics> metrics_fields() {
  return {
      field({"listen",
             "\"\"",
             {"where /metrics, /healthz and /readyz are served, such as "
              "127.0.0.1:9464; not with --once",
              "提供 /metrics、/healthz 和 /readyz 的监听地址,如 "
              "127.0.0.1:9464;--once 时不监听"}},
            &Metrics::listen, listen()),
      field({"textfile",
             "\"\"",
             {"file for the node exporter's text collector; a relative path is "
              "relative to the configuration",
              "供 node exporter 读取的文件,相对路径以配置文件所在目录为准"}},
            &Metrics::textfile, path()),
      field({"token",
             "\"\"",
             {"what a client of /metrics must show; needed where others than "
              "this "
              "machine can ask",
              "访问 /metrics 所需的令牌;本机以外可访问时必填"}},
            &Metrics::token, secret()),
  };
}

// What anybody may ask for has to be asked for with a token.
void check_metrics(const Spot& spot, Metrics& metrics) {
  if (metrics.listen.empty() || !metrics.token.empty()) return;
  const Spot key = spot.member("listen", spot.line);
  const bool blamed = spot.reading.blamed(key.path) ||
                      spot.reading.blamed(spot.member("token", 0).path);
  if (blamed || is_loopback(place_of(metrics.listen).host)) return;
  key.complain({say::config_open_metrics, metrics.listen});
}

// Ids are keys of an object, so they are texts there.
std::map<std::int64_t, base::Secret> by_id(
    const std::map<std::string, base::Secret>& urls, const Spot& spot) {
  std::map<std::int64_t, base::Secret> all;
  for (const auto& [name, url_there] : urls) {
    const std::optional<std::int64_t> id = id_of(name);
    if (id) {
      all[*id] = url_there;
    } else {
      spot.entry(name, spot.line).warn(say::config_no_id);
    }
  }
  return all;
}

Reader<std::map<std::int64_t, base::Secret>> url_of_channel() {
  const auto urls = map_of(secret());
  auto read = [urls](const Value& value, const Spot& spot,
                     std::map<std::int64_t, base::Secret>& target) {
    std::map<std::string, base::Secret> all;
    if (!urls.read(value, spot, all)) return false;
    target = by_id(all, spot);
    return true;
  };
  return {urls.expected, read};
}

Fields<UptimeKuma> uptime_kuma_fields() {
  return {
      field(
          {"status", "\"disabled\"", {"whether it pushes", "是否推送"}},
          &UptimeKuma::enabled,
          usual_where("", Value::Kind::text,
                      choice<bool>({{"enabled", true}, {"disabled", false}}))),
      field({"model_url",
             "{}",
             {"push URLs by the model's name", "模型名称对应的推送地址"}},
            &UptimeKuma::model_url, map_of(secret())),
      field({"channel_url",
             "{}",
             {"push URLs by the channel's id", "渠道 id 对应的推送地址"}},
            &UptimeKuma::channel_url, url_of_channel()),
  };
}

// A block that is turned off may hold the words of an example.
void check_uptime_kuma(const Spot& spot, UptimeKuma& kuma) {
  if (!kuma.enabled) return;
  for (const auto& [name, address] : kuma.model_url) {
    if (is_url(address.reveal())) continue;
    spot.member("model_url", spot.line)
        .entry(name, spot.line)
        .complain(say::config_no_push_url);
  }
  for (const auto& [id, address] : kuma.channel_url) {
    if (is_url(address.reveal())) continue;
    spot.member("channel_url", spot.line)
        .entry(std::to_string(id), spot.line)
        .complain(say::config_no_push_url);
  }
}

Fields<Config> telling_fields() {
  return {
      field({"log", "{}", {"log lines", "日志"}}, &Config::log,
            object(log_fields())),
      field({"language",
             "\"auto\"",
             {"of every sentence for a person; auto is the locale's",
              "界面语言;auto 表示跟随系统区域设置"}},
            &Config::language,
            choice<Language>({{"auto", Language::automatic},
                              {"en", Language::en},
                              {"zh", Language::zh}})),
      field({"metrics", "{}", {"for Prometheus", "Prometheus 指标"}},
            &Config::metrics, object<Metrics>(metrics_fields(), check_metrics)),
      field({"uptime-kuma",
             "{}",
             {"pushes to Uptime Kuma", "向 Uptime Kuma 推送"}},
            &Config::uptime_kuma,
            object<UptimeKuma>(uptime_kuma_fields(), check_uptime_kuma)),
      field({"notification", "{}", {"messages about changes", "变更通知"}},
            &Config::notification, notification()),
  };
}

}  // namespace

std::string_view name_of(Kind kind) {
  return kinds()[static_cast<std::size_t>(kind)].first;
}

Reader<Config> whole_config() {
  Fields<Config> all;
  for (auto* part : {database_fields, round_fields, candidate_fields,
                     limits_fields, probe_and_guard_fields, telling_fields}) {
    Fields<Config> fields = part();
    all.insert(all.end(), std::make_move_iterator(fields.begin()),
               std::make_move_iterator(fields.end()));
  }
  return object(std::move(all));
}

const std::vector<KeyInfo>& known_keys() {
  static const std::vector<KeyInfo> keys = [] {
    std::vector<KeyInfo> all = whole_config().inner;
    for (KeyInfo& key : all)
      key.path.erase(0, 1);
    return all;
  }();
  return keys;
}

}  // namespace config
