// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace drydock::config {

/// Where the fleet file is itself, if `file` is a symbolic link to it; else, and where
/// the link leads nowhere, `file` as it is.
[[nodiscard]] std::filesystem::path real_path(const std::filesystem::path& file);

/// What is kept of a fleet under `suffix` (`.db`): it stands beside the file itself. A
/// link to a fleet file is the same fleet under another name, and whoever comes by the
/// one has to find what was left by the other. A link that leads elsewhere later is
/// another fleet from then on: whoever keeps something for a while asks once.
[[nodiscard]] std::string state_path(const std::filesystem::path& file,
                                     std::string_view suffix);

} // namespace drydock::config
