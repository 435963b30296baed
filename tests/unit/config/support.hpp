// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/config/fleet_file.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace drydock::config::test {

/// The least that loads: four instances on a simulated driver.
inline const std::string head = R"([scale_set]
name = "web"
[scale_set.instances]
count = 4
)";
inline const std::string driver = R"([driver]
kind = "simulated"
)";
inline const std::string minimal = head + driver;

/// Runs no command; a test that gets here did not mean to.
inline inventory_output refuse_to_run(const std::vector<std::string>&,
                                      const std::filesystem::path&) {
  return {false, "no command is run in this test"};
}

/// All that is wrong with `text`, without the file's name: "3:1: error: …".
inline std::vector<std::string> errors(std::string_view text,
                                       const inventory_runner& run = refuse_to_run) {
  std::vector<std::string> result;
  const auto loaded = parse(text, "f", run);
  if (const auto* found = std::get_if<std::vector<diagnostic>>(&loaded))
    for (const auto& x : *found)
      result.push_back(to_string(x).substr(2));
  return result;
}

/// The errors in one text, one a line; empty for a file that loads.
inline std::string all_errors(std::string_view text,
                              const inventory_runner& run = refuse_to_run) {
  std::string result;
  for (const auto& x : errors(text, run))
    result += x + "\n";
  return result;
}

/// The file that `text` is; fails the test when it does not load.
inline fleet_file loaded(std::string_view text,
                         const inventory_runner& run = refuse_to_run) {
  auto result = parse(text, "f", run);
  INFO(all_errors(text, run));
  REQUIRE(std::holds_alternative<fleet_file>(result));
  return std::get<fleet_file>(std::move(result));
}

/// Whether any error of `text` holds `part`.
inline bool has_error(std::string_view text, std::string_view part) {
  return all_errors(text).find(part) != std::string::npos;
}

inline bool loads(std::string_view text) {
  return errors(text).empty();
}

} // namespace drydock::config::test
