// SPDX-License-Identifier: Apache-2.0
#include "drydock/config/starter.hpp"
#include "support.hpp"

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

using namespace drydock;
using namespace drydock::config;
using namespace drydock::config::test;

namespace {

/// The starter with the commented keys uncommented that `wanted` accepts, given
/// the table they are in.
template <class Wanted>
std::string uncomment(Wanted wanted) {
  static const std::regex commented(R"(# (\[.*|[a-z_.\"]+ = .*))");
  std::istringstream in{std::string(starter_text())};
  std::string result;
  std::string table;
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (!line.empty() && line.front() == '[')
      table = line.substr(0, line.find(']') + 1);
    if (std::regex_match(line, match, commented) && wanted(table, line))
      line = match[1];
    result += line + "\n";
  }
  return result;
}

/// What Azure's policy does not have.
void check_additions(const engine::rolling_policy& a, const engine::rolling_policy& b) {
  CHECK(a.batching == b.batching);
  CHECK(a.rollback == b.rollback);
  CHECK(a.ignore_unhealthy_before_start == b.ignore_unhealthy_before_start);
}

/// What surrounds an upgrade.
void check_around(const fleet_file& with, const fleet_file& without) {
  const auto& a = with.os_upgrade;
  const auto& b = without.os_upgrade;
  CHECK(a.enable_automatic_os_upgrade == b.enable_automatic_os_upgrade);
  CHECK(a.disable_automatic_rollback == b.disable_automatic_rollback);
  CHECK(a.use_rolling_upgrade_policy == b.use_rolling_upgrade_policy);
  CHECK(a.os_rolling_upgrade_deferral == b.os_rolling_upgrade_deferral);
  CHECK(a.check_interval == b.check_interval);
  CHECK(with.repairs.enabled == without.repairs.enabled);
  CHECK(with.repairs.grace_period == without.repairs.grace_period);
  CHECK(with.repairs.action == without.repairs.action);
  const auto& c = with.rehearsal;
  const auto& d = without.rehearsal;
  CHECK(c.time_limit == std::chrono::hours(7 * 24)); // the default adds the pauses
  CHECK(c.world.image.probability == d.world.image.probability);
  CHECK(c.world.image.unhealthy == d.world.image.unhealthy);
}

} // namespace

TEST_CASE("the starter text is the example file, byte for byte") {
  std::ifstream in(DRYDOCK_EXAMPLE_FILE, std::ios::binary);
  REQUIRE(in.is_open());
  const std::string text((std::istreambuf_iterator<char>(in)),
                         std::istreambuf_iterator<char>());
  CHECK(text == starter_text());
}

TEST_CASE("the starter loads: thirty instances in three zones, rolling, rich health") {
  const auto file = loaded(starter_text());
  CHECK(file.instances.size() == 30);
  CHECK(file.instances.zones().size() == 3);
  CHECK(file.request.policy.mode == engine::upgrade_mode::rolling);
  CHECK(file.health.kind == engine::health_kind::rich_extension);
  CHECK(std::holds_alternative<engine::simulated_spec>(file.driver));
  CHECK(file.action == engine::apply_class::reimage);
  CHECK(file.changed_paths == std::vector<std::string>{"image.version"});
}

TEST_CASE("the defaults that the starter shows are the defaults") {
  const std::set<std::string> tables = {"[upgrade_policy.rolling]",
                                        "[upgrade_policy.automatic]",
                                        "[upgrade_policy.automatic_os_upgrade]",
                                        "[automatic_repairs]",
                                        "[scale_in_policy]",
                                        "[terminate_notification]",
                                        "[health.application_health_extension]",
                                        "[driver.simulated]",
                                        "[rehearsal]",
                                        "[rehearsal.bad_image]"};
  std::size_t keys = 0;
  bool elsewhere = false;
  std::string last_table;
  const auto shown = uncomment([&](const std::string& table, const std::string& line) {
    // What follows a commented header belongs to that table.
    elsewhere = line.starts_with("# [") || (elsewhere && table == last_table);
    last_table = table;
    const bool wanted =
      tables.contains(table) && !elsewhere && line.find("example") == std::string::npos;
    keys += wanted ? 1 : 0;
    return wanted;
  });
  CHECK(keys == 16 + 1 + 5 + 3 + 1 + 2 + 4 + 3 + 1 + 2);
  const auto with = loaded(shown);
  const auto without = loaded(starter_text());
  const auto& a = with.request.policy;
  const auto& b = without.request.policy;
  check_additions(a.rolling, b.rolling);
  CHECK(a.max_parallel == b.max_parallel);
  check_around(with, without);
  CHECK(a.rolling.max_batch_instance_percent == b.rolling.max_batch_instance_percent);
  CHECK(a.rolling.max_unhealthy_instance_percent
        == b.rolling.max_unhealthy_instance_percent);
  CHECK(a.rolling.max_unhealthy_upgraded_instance_percent
        == b.rolling.max_unhealthy_upgraded_instance_percent);
  CHECK(a.rolling.pause_time_between_batches == b.rolling.pause_time_between_batches);
  CHECK(a.rolling.prioritize_unhealthy_instances
        == b.rolling.prioritize_unhealthy_instances);
  CHECK(a.rolling.enable_cross_zone_upgrade == b.rolling.enable_cross_zone_upgrade);
  CHECK(a.rolling.max_surge == b.rolling.max_surge);
  CHECK(a.rolling.rollback_failed_instances_on_policy_breach
        == b.rolling.rollback_failed_instances_on_policy_breach);
  CHECK(a.rolling.max_batch_instances == b.rolling.max_batch_instances);
  CHECK(a.rolling.max_unhealthy_instances == b.rolling.max_unhealthy_instances);
  CHECK(a.rolling.min_ready == b.rolling.min_ready);
  CHECK(a.rolling.health_timeout == b.rolling.health_timeout);
  CHECK(a.rolling.progress_deadline == b.rolling.progress_deadline);
  CHECK(with.health.interval == without.health.interval);
  CHECK(with.health.number_of_probes == without.health.number_of_probes);
  CHECK(with.health.grace_period == without.health.grace_period);
  CHECK(with.health.timeout == without.health.timeout);
  const auto& c = std::get<engine::simulated_spec>(with.driver);
  const auto& d = std::get<engine::simulated_spec>(without.driver);
  CHECK(c.seed == d.seed);
  CHECK(c.virtual_clock == d.virtual_clock);
  CHECK(c.timeout == d.timeout);
}

TEST_CASE("the starter shows every key of a simulated fault") {
  const auto text = starter_text();
  const auto begin = text.find("# [[driver.simulated.fault]]\n");
  REQUIRE(begin != std::string::npos);
  const auto table = text.substr(begin, text.find("\n\n", begin) - begin);
  for (const std::string key :
       {"instance", "health", "action", "health_after", "recovers_after", "phase",
        "skip_upgrade", "falls_ill_after", "repair", "health_after_repair"}) {
    CAPTURE(key);
    CHECK(table.find("\n# " + key + " = ") != std::string::npos);
  }
}

TEST_CASE("every key that the starter shows is a key, with a right value") {
  const auto all =
    uncomment([](const std::string&, const std::string&) { return true; });
  // Three health sources and two inventories at once, a file that is not there, a
  // listed instance above the capacity, hooks of a simulated driver and a connection
  // beside the path of a store: nothing else may be wrong.
  for (const auto& x : errors(all)) {
    CAPTURE(x);
    const bool expected =
      x.find("3 health sources are given") != std::string::npos
      || x.find("an inventory is either") != std::string::npos
      || x.find("capacity cannot change") != std::string::npos
      || x.find("cannot read the inventory") != std::string::npos
      || x.find("simulated driver has no hooks") != std::string::npos
      || x.find("connection belongs to kind") != std::string::npos
      || x.find("a guard has either") != std::string::npos;
    CHECK(expected);
  }
}
