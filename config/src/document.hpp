// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnostics.hpp"
#include "node.hpp"

#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace drydock::config {

/// What the tree of one scale set was made of.
struct tree_source {
  std::string_view text;
  const std::filesystem::path& path;
  /// Its name, where the file has several; else empty.
  std::string_view set;
  const inventory_runner& run_inventory;
  std::span<const setting> settings;
};

/// Reads and checks the tree of one scale set; problems of before are told as well.
[[nodiscard]] load_result read_tree(const node& tree, const tree_source& from,
                                    diagnostics& sink);

/// Keys of a file that are none of a scale set's own, for whoever misspells one;
/// `several`: with those of [[set]].
[[nodiscard]] std::vector<std::string_view> keys_of_all(bool several);

/// Whether the file is about one scale set; else reports that.
[[nodiscard]] bool is_single(const node& tree, diagnostics& sink);

} // namespace drydock::config
