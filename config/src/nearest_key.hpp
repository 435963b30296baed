// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::config {

/// How far apart two words are: insertions, deletions and swaps of neighbours
/// cost 1, substitutions 2. Costly substitutions make a forgotten part of a name
/// (`max_batch_percent`) nearer than another word in its place.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The one of `known` that `word` was probably meant to be; nothing when none
/// is near.
[[nodiscard]] std::optional<std::string_view>
nearest_key(std::string_view word, const std::vector<std::string_view>& known);

/// `unknown key "x"; did you mean "y"?`, or with a list of what is known when
/// nothing is near.
[[nodiscard]] std::string unknown_key_text(std::string_view word,
                                           std::vector<std::string_view> known);

/// `"a", "b" or "c"`.
[[nodiscard]] std::string quoted_choice(const std::vector<std::string_view>& words);

} // namespace drydock::config
