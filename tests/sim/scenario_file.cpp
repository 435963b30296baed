// SPDX-License-Identifier: Apache-2.0
#include "scenario_file.hpp"

#include "drydock/config/duration_text.hpp"
#include "session.hpp"

#include <toml++/toml.h>

#include <optional>
#include <set>

namespace drydock::sim {

namespace {

/// The scenario that a fleet file describes.
std::optional<std::string> take_fleet(const std::filesystem::path& file, scenario& to) {
  auto loaded = config::load(file, [](const auto&, const auto&) {
    return config::inventory_output{false, "a scenario has no inventory"};
  });
  if (const auto* bad = std::get_if<std::vector<config::diagnostic>>(&loaded))
    return to_string(bad->front());
  auto& fleet = std::get<config::fleet_file>(loaded);
  const auto* simulated = std::get_if<engine::simulated_spec>(&fleet.driver);
  if (simulated == nullptr)
    return file.string() + ": a scenario needs a simulated driver";
  to.rollout = cli::rollout_options_of(fleet, {true, {}});
  to.lifecycle = cli::lifecycle_options_of(fleet);
  to.lifecycle.jitter_seed = to.seed;
  to.health = fleet.health;
  to.driver = *simulated;
  to.driver.seed = to.seed;
  to.instances = std::make_shared<engine::fleet>(std::move(fleet.instances));
  to.unkind = {};
  to.cancels.clear();
  to.deletions.clear();
  return std::nullopt;
}

std::optional<std::string> take_death(const toml::table& from, told_scenario& to) {
  death d;
  d.record = static_cast<std::uint64_t>(from["record"].value_or<std::int64_t>(0));
  d.written = from["written"].value_or(false);
  if (const auto text = from["gap"].value<std::string>()) {
    const auto gap = config::parse_duration(*text);
    if (!gap)
      return "gap = \"" + *text + "\" is no length of time";
    d.gap = *gap;
  }
  if (d.record == 0 || (!to.deaths.empty() && d.record <= to.deaths.back().record))
    return std::string("deaths need ascending records, from 1");
  to.deaths.push_back(d);
  return std::nullopt;
}

std::optional<std::string> unknown_key(const toml::table& table,
                                       const std::set<std::string_view>& known) {
  for (const auto& [key, value] : table)
    if (!known.contains(key.str()))
      return "unknown key " + std::string(key.str());
  return std::nullopt;
}

std::optional<std::string> take(const toml::table& from,
                                const std::filesystem::path& file, told_scenario& to) {
  if (auto why = unknown_key(from, {"seed", "fleet", "unkind", "death"}))
    return why;
  to.what =
    draw_scenario(static_cast<std::uint64_t>(from["seed"].value_or<std::int64_t>(1)));
  if (const auto fleet = from["fleet"].value<std::string>())
    if (auto why = take_fleet(file.parent_path() / *fleet, to.what))
      return why;
  if (const auto* odds = from["unkind"].as_table()) {
    if (auto why = unknown_key(
          *odds, {"lost_answer", "duplicate_answer", "flap", "dying_actor"}))
      return why;
    auto& unkind = to.what.unkind;
    unkind.lost_answer = (*odds)["lost_answer"].value_or(unkind.lost_answer);
    unkind.duplicate_answer =
      (*odds)["duplicate_answer"].value_or(unkind.duplicate_answer);
    unkind.flap = (*odds)["flap"].value_or(unkind.flap);
    unkind.dying_actor = (*odds)["dying_actor"].value_or(unkind.dying_actor);
  }
  if (const auto* deaths = from["death"].as_array())
    for (const auto& x : *deaths)
      if (const auto* table = x.as_table())
        if (auto why = take_death(*table, to))
          return why;
  return std::nullopt;
}

} // namespace

std::variant<told_scenario, std::string>
read_scenario(const std::filesystem::path& file) {
  told_scenario result;
  try {
    const auto parsed = toml::parse_file(file.string());
    if (auto why = take(parsed, file, result))
      return file.string() + ": " + *why;
  } catch (const toml::parse_error& e) {
    return file.string() + ": " + std::string(e.description());
  }
  return result;
}

} // namespace drydock::sim
