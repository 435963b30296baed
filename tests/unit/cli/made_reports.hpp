// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rehearsal_html.hpp"

#include "drydock/rehearsal/report.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// Reports as a rehearsal might make them, without one.
namespace drydock::cli::made {

/// A fleet and how its upgrades go.
struct world {
  std::uint32_t instances = 120;
  std::uint32_t batch = 12;
  std::uint32_t runs = 200;
  std::vector<std::string> zones = {"1", "2", "3"};
  /// How long an action takes at least, about.
  engine::duration action = std::chrono::seconds(60);
  /// Of each batch, to end the upgrade.
  double fault_odds = 0.006;
  double failure_odds = 0.004;
  bool bad_images = false;
  std::uint64_t seed = 7;
};

/// Batch by batch, with actions of random length and now and then a fault.
[[nodiscard]] rehearsal::report report_of(const world& of);

/// Names that are HTML, SVG, shell and gnuplot commands.
[[nodiscard]] const std::string& awkward_name();

/// Facts of a fleet; `name` is that of the scale set, the file and a policy.
[[nodiscard]] html_facts facts_of(const std::string& name);

/// One setting without name.
[[nodiscard]] std::vector<rehearsal::variant> alone(rehearsal::report result);

/// `count` settings, the later ones with larger batches and more faults.
[[nodiscard]] std::vector<rehearsal::variant> settings(std::size_t count);

/// A case for the page, and the name of its file.
struct page_case {
  std::string name;
  std::vector<rehearsal::variant> variants;
  html_facts facts;
};

/// All that a page must be able to show.
[[nodiscard]] std::vector<page_case> page_cases();

} // namespace drydock::cli::made
