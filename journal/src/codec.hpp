// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/rollout.hpp"
#include "drydock/engine/value.hpp"
#include "drydock/journal/bytes.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

/// How each kind of value stands in a record. What is read is checked in full; `in`
/// says afterwards whether it was what somebody wrote.
namespace drydock::inline v1::journal {

/// Of one input. `last` is the instance of the input before, 0 at first: neighbours in
/// a turn are mostly neighbours in the fleet.
void put_input(byte_writer& out, const engine::rollout_input& x,
               engine::instance_index& last);
[[nodiscard]] engine::rollout_input get_input(byte_reader& in,
                                              engine::instance_index& last);

/// Of all commands but `publish`, which are left out, decided at `at`.
void put_effects(byte_writer& out, std::span<const engine::rollout_command> effects,
                 engine::instant at);
[[nodiscard]] std::vector<engine::rollout_command> get_effects(byte_reader& in,
                                                               engine::instant at);

/// A number that fits; another one fails `in`.
[[nodiscard]] int get_int(byte_reader& in);

void put_options(byte_writer& out, const engine::rollout_options& x);
[[nodiscard]] engine::rollout_options get_options(byte_reader& in);

/// How deep a value may be nested; deeper ones are not read.
inline constexpr unsigned value_depth_max = 1000;
void put_value(byte_writer& out, const engine::value& x);
[[nodiscard]] engine::value get_value(byte_reader& in, unsigned depth = 0);

/// `more_follows`: it is not the last thing of its record.
void put_fleet(byte_writer& out, const engine::fleet& x, bool more_follows);
[[nodiscard]] std::shared_ptr<const engine::fleet> get_fleet(byte_reader& in);

/// Of one small number for each instance; what repeats at any distance costs little.
void put_column(byte_writer& out, std::span<const std::uint32_t> column);
/// `size` is how many there are to be.
[[nodiscard]] std::vector<std::uint32_t> get_column(byte_reader& in, std::size_t size);

} // namespace drydock::inline v1::journal
