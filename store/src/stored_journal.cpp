// SPDX-License-Identifier: Apache-2.0
#include "drydock/store/stored_journal.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace drydock::inline v1::store {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

bool only_waits(const engine::rollout_command& x) {
  return std::holds_alternative<engine::command::arm_timer>(x)
         || std::holds_alternative<engine::command::publish>(x);
}

} // namespace

durability durability_of(std::span<const engine::rollout_command> effects) {
  return std::all_of(effects.begin(), effects.end(), only_waits) ? durability::process
                                                                 : durability::power;
}

stored_journal::stored_journal(upgrade_store& store, std::string upgrade_id,
                               std::uint64_t epoch, wall_clock clock)
  : store_(store), id_(std::move(upgrade_id)), epoch_(epoch), clock_(std::move(clock)) {
}

failure stored_journal::load() {
  failure bad;
  auto failed = store_.read(id_, 1, [&](std::uint64_t number, std::string_view bytes) {
    const auto turn = journal::read_turn(bytes);
    if (const auto* why = std::get_if<journal::bad_record>(&turn)) {
      bad = store_error{store_error::kind::damaged, "record " + std::to_string(number)
                                                      + " of upgrade " + id_
                                                      + " is damaged: " + why->text};
      return false;
    }
    last_wall_us_ = std::get<journal::turn>(turn).wall_us;
    records_.emplace_back(bytes);
    number_ = number;
    return true;
  });
  return failed ? failed : bad;
}

bool stored_journal::next(protocol::recorded_turn& turn) {
  if (position_ == records_.size())
    return false;
  auto read = journal::read_turn(records_[position_]);
  records_[position_++] = {};
  auto& x = std::get<journal::turn>(read); // checked when it was loaded
  turn.at = x.at;
  turn.inputs = std::move(x.inputs);
  return true;
}

engine::duration stored_journal::since_last_turn() const {
  if (!clock_ || number_ == 0)
    return engine::duration{0};
  // Clocks of two hosts may differ, and be set back.
  return microseconds{std::max<std::int64_t>(clock_() - last_wall_us_, 0)};
}

void stored_journal::begin(engine::instant at,
                           std::span<const engine::rollout_input> inputs) {
  const auto wall =
    clock_ ? clock_() : duration_cast<microseconds>(at.time_since_epoch()).count();
  writer_.begin(at, wall, inputs);
}

std::optional<std::string>
stored_journal::commit(std::span<const engine::rollout_command> effects) {
  const auto bytes = writer_.finish(effects);
  auto failed = store_.append(id_, number_ + 1, bytes, epoch_, durability_of(effects));
  if (failed)
    return std::move(failed->text);
  ++number_;
  return std::nullopt;
}

} // namespace drydock::inline v1::store
