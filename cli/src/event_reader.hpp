// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json_output.hpp"

#include "drydock/engine/explainer.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace drydock::cli {

/// Makes events of the lines of an events file, and has them explained. Who and which
/// zone there is is learnt from them, so that instances that no line names are not
/// known.
class event_reader {
public:
  /// `zones`: names in the order of upgrades, as far as they are known.
  explicit event_reader(std::vector<std::string> zones) : zones_(std::move(zones)) {}

  /// Takes a line. Returns what is wrong with it, or an empty text. A second upgrade in
  /// the same file takes the place of the first.
  [[nodiscard]] std::string take(std::string_view line);

  /// Nothing: no event was taken.
  [[nodiscard]] const engine::explainer* account() const {
    return account_ ? &*account_ : nullptr;
  }
  [[nodiscard]] const std::shared_ptr<engine::fleet>& instances() const {
    return instances_;
  }
  /// When the upgrade began, and of the last line; since then.
  [[nodiscard]] wall_time start() const { return start_; }
  [[nodiscard]] engine::duration last() const { return last_; }

  /// The zone of a line that begins a batch; nothing: it is no such line, or of none.
  [[nodiscard]] static std::optional<std::string> zone_of(std::string_view line);

private:
  struct line;

  [[nodiscard]] engine::instance_index position_of(const std::string& id);
  /// By its name, in the order in which they are first named.
  [[nodiscard]] std::uint32_t number_of_guard(const std::string& name);

  std::vector<std::string> zones_;
  std::shared_ptr<engine::fleet> instances_;
  std::unordered_map<std::string, engine::instance_index> positions_;
  std::unordered_map<std::string, std::uint32_t> guards_;
  std::optional<engine::explainer> account_;
  wall_time start_{};
  engine::duration last_{0};
};

} // namespace drydock::cli
