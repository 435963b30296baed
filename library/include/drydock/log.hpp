// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace drydock::inline v1 {

/// How much a line of the log matters.
enum class log_level : std::uint8_t {
  /// Nothing to be done about it.
  info,
  /// Something went on without what it asked for.
  warning,
  /// Something of the program's own is broken: a call threw, say.
  error,
};

/// `info`, `warning`, `error`. Lives as long as the program.
[[nodiscard]] std::string_view to_string(log_level x) noexcept;

/// Hears the log. Called from any thread, several at the same time; must return soon
/// and must not throw. The text lives for the call.
using log_handler = std::function<void(log_level, std::string_view)>;

} // namespace drydock::inline v1
