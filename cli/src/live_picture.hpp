// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "live_state.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace drydock::cli {

/// Where and how a picture is drawn.
struct picture_frame {
  /// No line is wider.
  std::size_t columns = 80;
  /// There are fewer lines: the cursor rests below the picture.
  std::size_t rows = 24;
  /// Whether the terminal shows more than ASCII.
  bool unicode = true;
  /// Since the start of the upgrade.
  engine::duration elapsed{0};
  /// What a rehearsal says is left; nothing: not known.
  std::optional<engine::duration> remaining = {};
  /// When that is over, on a clock on the wall: `14:32`.
  std::string finish = {};
};

/// Text of one colour: that of a state, or the terminal's own.
struct text_run {
  std::string text;
  std::optional<cell> tone;
};

using picture_line = std::vector<text_run>;

/// Draws an upgrade as text: a line of title, the cells, what they mean, the
/// batch, counts, what it waits for, the last failures. What matters least is
/// left out where there is no room.
[[nodiscard]] std::vector<picture_line> draw(const live_state& state,
                                             const picture_frame& frame);

/// A line without its colours.
[[nodiscard]] std::string plain_text(const picture_line& line);

/// A line with the escape sequences of its colours.
[[nodiscard]] std::string coloured_text(const picture_line& line);

} // namespace drydock::cli
