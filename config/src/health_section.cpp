// SPDX-License-Identifier: Apache-2.0
#include "sections.hpp"

namespace drydock::config {
namespace {

using namespace std::chrono_literals;

/// What one compatibility accepts of a health source.
struct health_limits {
  length_range interval;
  std::int64_t probes_max;
  length_range grace_period;
  /// Of interval × probes; only azure has such a limit.
  engine::duration settling_max;
  std::string_view whose;
};

health_limits limits_of(engine::compatibility x) {
  const auto whose = whose_limits(x);
  if (x == engine::compatibility::azure)
    return {{5s, 60s, whose}, 24, {5s, 14'400s, whose}, 240s, whose};
  return {{50ms, 1h, whose}, 1000, {0s, 24h, whose}, engine::duration::max(), whose};
}

struct health_context {
  health_limits limits;
  /// Azure's extension takes nothing for granted.
  bool strict;
  bool every_port;
  const template_scope* scope;
};

// What all sources share: how often, how many, how patient.
void read_rhythm(table_reader& table, std::string_view count_key,
                 const health_limits& limits, engine::health_source& out) {
  table.read("interval", out.interval, limits.interval);
  table.read(count_key, out.number_of_probes, 1, limits.probes_max, limits.whose);
  const length_range positive{1ns};
  table.read("timeout", out.timeout, positive);
  const auto settling = out.interval * out.number_of_probes;
  if (settling > limits.settling_max)
    table.report(table.given(count_key) ? table.position_of(count_key)
                                        : table.position_of("interval"),
                 "interval × " + std::string(count_key) + " is "
                   + std::to_string(settling / 1s) + "s" + "; it must be "
                   + std::to_string(limits.settling_max / 1s) + "s or less"
                   + std::string(limits.whose));
}

void read_target(table_reader& table, const health_context& context,
                 engine::health_source& out) {
  if (context.strict)
    table.require("protocol", "; it is \"http\", \"https\" or \"tcp\"");
  const bool known = table.read("protocol", out.protocol,
                                {{"http", engine::probe_protocol::http},
                                 {"https", engine::probe_protocol::https},
                                 {"tcp", engine::probe_protocol::tcp}});
  table.read("port", out.port, 1, 65'535);
  const bool has_path = table.read("request_path", out.request_path);
  const auto path_at = table.position_of("request_path");
  if (has_path && !out.request_path.starts_with('/'))
    table.report(path_at, "request_path is \"" + out.request_path
                            + "\"; it must begin with \"/\"");
  if (!known && (context.strict || table.given("protocol")))
    return;
  if (out.protocol != engine::probe_protocol::tcp) {
    if (context.strict)
      table.require("request_path", "; http and https probes ask for one: \"/health\"");
    return;
  }
  if (table.given("request_path"))
    table.report(path_at, "request_path is not for tcp; leave it out");
  if (!context.every_port)
    table.require("port", "; a tcp probe needs one unless every instance has its own");
}

engine::health_source read_extension(table_reader table,
                                     const health_context& context) {
  engine::health_source x;
  x.kind = engine::health_kind::binary_extension;
  table.read("states", x.kind,
             {{"binary", engine::health_kind::binary_extension},
              {"rich", engine::health_kind::rich_extension}});
  read_target(table, context, x);
  read_rhythm(table, "number_of_probes", context.limits, x);
  if (x.kind == engine::health_kind::rich_extension) {
    x.grace_period = x.interval * x.number_of_probes;
    table.read("grace_period", x.grace_period, context.limits.grace_period);
  } else if (context.strict && table.given("grace_period")) {
    table.report(
      table.position_of("grace_period"),
      "grace_period is for states = \"rich\" only; leave it out or set that");
  } else {
    engine::duration unused{0}; // binary states have none, but a mistake is one
    table.read("grace_period", unused, context.limits.grace_period);
  }
  table.finish();
  return x;
}

engine::health_source read_load_balancer(table_reader table,
                                         const health_context& context) {
  engine::health_source x;
  x.kind = engine::health_kind::load_balancer;
  x.interval = 15s;
  read_target(table, context, x);
  read_rhythm(table, "probe_threshold", context.limits, x);
  table.finish();
  return x;
}

/// The key that says how many probes it takes.
std::string_view count_path(engine::health_kind kind) {
  if (kind == engine::health_kind::load_balancer)
    return "health.load_balancer_probe.probe_threshold";
  return kind == engine::health_kind::command
           ? "health.command.number_of_probes"
           : "health.application_health_extension.number_of_probes";
}

engine::health_source read_check(table_reader table, const health_context& context) {
  engine::health_source x;
  x.kind = engine::health_kind::command;
  table.require("argv", "; it is the check to run: argv = [\"./check.sh\", "
                        "\"{instance.id}\"]");
  x.argv = read_command(table, "argv", *context.scope, engine::template_use::instance);
  read_rhythm(table, "number_of_probes", context.limits, x);
  table.finish();
  return x;
}

} // namespace

engine::health_source read_health(table_reader& root, engine::compatibility limits,
                                  bool every_port, const template_scope& scope,
                                  std::vector<engine::health_kind>& kinds) {
  auto health = root.table("health");
  const health_context context{
    limits_of(limits), limits == engine::compatibility::azure, every_port, &scope};
  std::vector<engine::health_source> sources;
  if (auto table = health.table("application_health_extension"); table.present())
    sources.push_back(read_extension(std::move(table), context));
  if (auto table = health.table("load_balancer_probe"); table.present())
    sources.push_back(read_load_balancer(std::move(table), context));
  if (auto table = health.table("command"); table.present())
    sources.push_back(read_check(std::move(table), context));
  health.finish();
  for (const auto& x : sources)
    kinds.push_back(x.kind);
  return sources.empty() ? engine::health_source{} : sources.front();
}

void check_rhythm(table_reader& root, const node& tree, const fleet_file& file,
                  bool scales_out) {
  const engine::rhythm_use use{
    file.action, scales_out, !file.scale_in.empty(),
    std::holds_alternative<engine::simulated_spec>(file.driver)};
  // One probe is never too slow: whoever wants more of them says so.
  for (const auto& x : engine::validate_rhythm(file.request.policy, file.health, use))
    root.report(locate(tree, count_path(file.health.kind)), x.text);
}

} // namespace drydock::config
