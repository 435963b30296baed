// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/admission.hpp"
#include "sections.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace drydock::config {

/// `[scale_set.inventory]`: where instances are to be read from.
struct inventory_section {
  position at;
  std::vector<std::string> command;
  std::optional<std::string> file;
};
[[nodiscard]] inventory_section read_inventory_section(table_reader& scale_set,
                                                       const template_scope& scope);

/// Reads the inventory's file, relative to `folder`.
[[nodiscard]] inventory_list fetch_file(const inventory_section& section,
                                        const std::filesystem::path& folder,
                                        diagnostics& sink);

/// Runs the inventory's command in `folder`.
[[nodiscard]] inventory_list fetch_command(const inventory_section& section,
                                           const std::string& scale_set_name,
                                           const engine::change_request& request,
                                           const std::filesystem::path& folder,
                                           const inventory_runner& run,
                                           diagnostics& sink);

/// The bytes of a file, or the reason why they cannot be read.
struct file_bytes {
  bool ok = false;
  std::string text;
};
[[nodiscard]] file_bytes read_bytes(const std::filesystem::path& path);

} // namespace drydock::config
