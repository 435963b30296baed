// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "past_upgrade.hpp"
#include "watch_record.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// Upgrades that wait before they begin.
namespace drydock::cli {

/// A scale set, and how far the upgrade of its file has come with it.
struct set_turn {
  enum class kind : std::uint8_t { not_begun, under_way, completed, over };
  std::string scale_set;
  kind is = kind::not_begun;
  /// `NotBegun`, or that of its upgrade.
  std::string status = "NotBegun";
  /// Empty: it has not begun.
  std::string upgrade_id;
  /// Whether a process runs it.
  bool run = false;
  /// One that has not begun, and will not: somebody before it did not complete.
  bool hopeless = false;
  /// What it comes after, in the file's order.
  std::vector<set_turn> after;
};

/// Why the upgrade of the fleet file has not come to its scale set `scale_set` yet;
/// nothing: it has, or nothing of the file has begun, or it comes after nobody. `in`
/// is the file's store.
[[nodiscard]] std::variant<std::optional<set_turn>, complaint>
find_unbegun(const named_store& in, const std::filesystem::path& file,
             const std::string& scale_set);

/// For people, a sentence or two.
[[nodiscard]] std::string describe_unbegun(const set_turn& x, const std::string& file);

/// As `explain` prints it; returns the exit status.
int print_unbegun(const set_turn& x, const std::string& file, bool as_json);
/// The same of an image whose upgrade waits for an approval; `scale_set` is empty where
/// it is not known.
int print_pending(const watch_record& x, const std::filesystem::path& file,
                  const std::string& scale_set, bool as_json);

} // namespace drydock::cli
