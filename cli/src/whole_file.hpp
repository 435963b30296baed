// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace drydock::cli {

/// Puts `text` in place of what the file at `path` holds: all or, after a crash, none
/// of it. Says why not, when it did not work out.
[[nodiscard]] std::optional<std::string> write_whole(const std::string& path,
                                                     std::string_view text);

/// All that it holds; nothing, where it cannot be read.
[[nodiscard]] std::optional<std::string> read_whole(const std::string& path);

} // namespace drydock::cli
