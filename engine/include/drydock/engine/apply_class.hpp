// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::inline v1::engine {

/// What a change does to an instance, from weakest to strongest; the order of
/// the values is the order of strength.
enum class apply_class : std::uint8_t {
  /// Nothing: no instance is touched.
  none,
  /// It is changed as it runs.
  in_place,
  /// It stops, and starts again.
  restart,
  /// Its OS disk is replaced.
  reimage,
  /// It is made anew on other hardware.
  redeploy,
};

/// The name as it is written here: `in_place`.
[[nodiscard]] std::string_view to_string(apply_class x);
/// The class of that name; nothing where there is none.
[[nodiscard]] std::optional<apply_class> parse_apply_class(std::string_view text);

/// Overrides of apply classes by path, from `[model_classes]`. A path covers
/// everything under it; the longest match wins.
using class_overrides = std::map<std::string, apply_class, std::less<>>;

/// The class of one model path; nothing for a path that no model has.
/// `vm_size_on_other_hardware` makes a new `vm_size` a redeploy.
[[nodiscard]] std::optional<apply_class>
classify_path(std::string_view path, const class_overrides& overrides = {},
              bool vm_size_on_other_hardware = false);

/// The strongest class among `paths`; none for an empty list. Paths that no
/// model has do not count.
[[nodiscard]] apply_class classify_change(const std::vector<std::string>& paths,
                                          const class_overrides& overrides = {},
                                          bool vm_size_on_other_hardware = false);

/// The keys a model may have at the top and, for tables with fixed keys, one
/// level down (`image.version`); after a trailing dot an asterisk stands for keys of
/// the user's choice. Tables themselves (`image`) are not listed.
[[nodiscard]] const std::vector<std::string_view>& model_keys();

} // namespace drydock::inline v1::engine
