// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/events.hpp"
#include "drydock/engine/fleet.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

/// Words and widths that all views share.
namespace drydock::cli {

/// How many columns a UTF-8 text takes on a terminal; never too few.
[[nodiscard]] std::size_t columns(std::string_view text);

/// `text` as one line that a terminal shows and does not obey: control
/// characters become spaces, broken UTF-8 and, without `unicode`, everything
/// that is not ASCII become question marks.
[[nodiscard]] std::string printable(std::string_view text, bool unicode = true);

/// `text` with every byte that is not part of valid UTF-8 replaced by `?`.
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// The start of a printable text that fits into `width` columns, with dots at
/// its end where something is missing.
[[nodiscard]] std::string truncated(std::string_view text, std::size_t width,
                                    bool unicode = true);

/// A text of several lines, the second and later ones indented; a newline at
/// the end, carriage returns and empty lines left out.
[[nodiscard]] std::string with_indented_tail(std::string_view text);

/// `1 instance`, `6 instances`.
[[nodiscard]] std::string count_of_instances(std::size_t count);

/// The identities of the first few of `list`, which stands for `count`
/// instances: `web-0, web-3 and 4 more`.
[[nodiscard]] std::string name_instances(std::span<const engine::instance_index> list,
                                         std::size_t count,
                                         const engine::fleet& instances,
                                         std::size_t most = 8);

/// `phase 1, zone 2, update domain 0`; empty where nothing sets a batch apart.
[[nodiscard]] std::string describe_place(const engine::batch_place& place,
                                         const engine::fleet& instances);

/// What stands still and who holds it, without the time: `waiting: …`.
[[nodiscard]] std::string describe_wait(const engine::told::waiting& wait,
                                        const engine::fleet& instances,
                                        std::size_t most = 8);

/// `425.0s`.
[[nodiscard]] std::string seconds_text(engine::duration d);

/// `02:35`, from an hour on `1:02:35`; never negative.
[[nodiscard]] std::string clock_text(engine::duration d);

} // namespace drydock::cli
