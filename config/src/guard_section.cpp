// SPDX-License-Identifier: Apache-2.0
#include "sections.hpp"

#include <set>

namespace drydock::config {
namespace {

using namespace std::chrono_literals;

bool is_web_address(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

void read_prometheus(table_reader& guard, engine::guard_spec& out) {
  guard.read("prometheus", out.prometheus);
  guard.read("query", out.query);
  if (guard.given("prometheus")) {
    if (!out.prometheus.empty() && !is_web_address(out.prometheus))
      guard.report(guard.position_of("prometheus"),
                   "prometheus is \"" + out.prometheus
                     + "\"; write its address as in \"http://localhost:9090\"");
    guard.require("query", ", which prometheus needs: query = \"up < bool 1\"");
  } else if (guard.given("query")) {
    guard.report(guard.position_of("query"),
                 "query belongs to prometheus; add prometheus = "
                 "\"http://localhost:9090\" or leave it out");
  }
  if (guard.given("query") && out.query.empty())
    guard.report(guard.position_of("query"), "query is empty; write what is to hold");
}

void read_source(table_reader& guard, const template_scope& scope, bool simulated,
                 engine::guard_spec& out) {
  out.command = read_command(guard, "command", scope, engine::template_use::upgrade);
  read_prometheus(guard, out);
  if (guard.given("command") && guard.given("prometheus"))
    guard.report(guard.position_of("prometheus"),
                 "a guard has either command or prometheus; make two guards of it");
  else if (!simulated && !guard.given("command") && !guard.given("prometheus"))
    guard.report(guard.at(), "the guard does not say how to look at it; add command = "
                             "[\"./check.sh\"], or prometheus and query");
}

} // namespace

std::vector<engine::guard_spec> read_guards(table_reader& root,
                                            const template_scope& scope,
                                            engine::upgrade_mode mode, bool simulated) {
  std::vector<engine::guard_spec> result;
  std::set<std::string> names;
  const length_range positive{1ms};
  for (const auto* item : root.tables("guard")) {
    table_reader guard(item, item->at, root.sink());
    if (mode != engine::upgrade_mode::rolling)
      guard.report(item->at, "guards are for rolling upgrades only; set "
                             "upgrade_policy.mode = \"rolling\" or leave them out");
    auto& x = result.emplace_back();
    guard.require("name", "; events name the guard by it: name = \"errors\"");
    if (guard.read("name", x.rule.name)) {
      const auto at = guard.position_of("name");
      if (x.rule.name.empty())
        guard.report(at, "name must not be empty");
      else if (!names.insert(x.rule.name).second)
        guard.report(at, "there is a guard \"" + x.rule.name
                           + "\" already; give this one another name");
    }
    read_source(guard, scope, simulated, x);
    guard.read("interval", x.interval, positive);
    guard.read("timeout", x.timeout, positive);
    guard.read("number_of_failures", x.number_of_failures, 1, 1'000);
    guard.read("on_failure", x.rule.on_failure,
               {{"wait", engine::guard_consequence::wait},
                {"fault", engine::guard_consequence::fault}});
    guard.finish();
  }
  return result;
}

} // namespace drydock::config
