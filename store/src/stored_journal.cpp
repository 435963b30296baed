// SPDX-License-Identifier: Apache-2.0
#include "drydock/store/stored_journal.hpp"

#include "drydock/journal/group.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::store {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

bool only_waits(const engine::rollout_command& x) {
  return std::holds_alternative<engine::command::arm_timer>(x)
         || std::holds_alternative<engine::command::publish>(x);
}

/// Hands on the bytes of each turn and what they say, until `take` says false.
failure read_records(
  upgrade_store& from, std::string_view id,
  const std::function<bool(std::uint64_t, std::string_view, journal::turn&&)>& take) {
  failure bad;
  const auto damaged = [&](std::uint64_t number, const std::string& why) {
    bad = store_error{store_error::kind::damaged, "record " + std::to_string(number)
                                                    + " of upgrade " + std::string(id)
                                                    + " is damaged: " + why};
    return false;
  };
  auto failed = from.read(id, 1, [&](std::uint64_t number, std::string_view bytes) {
    journal::group_reader group(bytes);
    std::string_view record;
    while (group.next(record)) {
      auto turn = journal::read_turn(record);
      if (const auto* why = std::get_if<journal::bad_record>(&turn))
        return damaged(number, why->text);
      if (!take(number, record, std::move(std::get<journal::turn>(turn))))
        return false;
    }
    return group.damaged() ? damaged(number, "it is not whole") : true;
  });
  return failed ? failed : bad;
}

} // namespace

durability durability_of(std::span<const engine::rollout_command> effects) {
  return std::all_of(effects.begin(), effects.end(), only_waits) ? durability::process
                                                                 : durability::power;
}

failure read_turns(upgrade_store& from, std::string_view id,
                   const std::function<bool(journal::turn&&)>& take) {
  return read_records(from, id,
                      [&](std::uint64_t, std::string_view, journal::turn&& turn) {
                        return take(std::move(turn));
                      });
}

stored_journal::stored_journal(upgrade_store& store, std::string upgrade_id,
                               std::uint64_t epoch, wall_clock clock)
  : store_(store), id_(std::move(upgrade_id)), epoch_(epoch), clock_(std::move(clock)) {
}

stored_journal::~stored_journal() {
  {
    const std::lock_guard guard(mutex_);
    over_ = true;
    write(durability::process);
  }
  changed_.notify_all();
  if (late_.joinable())
    late_.join();
}

failure stored_journal::load() {
  return read_records(
    store_, id_,
    [&](std::uint64_t number, std::string_view bytes, journal::turn&& turn) {
      last_wall_us_ = turn.wall_us;
      turns_.emplace_back(bytes);
      number_ = number;
      return true;
    });
}

std::uint64_t stored_journal::written() {
  const std::lock_guard guard(mutex_);
  return number_;
}

bool stored_journal::next(protocol::recorded_turn& turn) {
  if (position_ == turns_.size())
    return false;
  auto read = journal::read_turn(turns_[position_]);
  turns_[position_++] = {};
  auto& x = std::get<journal::turn>(read); // checked when it was loaded
  turn.at = x.at;
  turn.inputs = std::move(x.inputs);
  return true;
}

engine::duration stored_journal::since_last_turn() const {
  if (!clock_ || turns_.empty())
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
  const auto how = durability_of(effects);
  const auto record = writer_.finish(effects);
  const std::lock_guard guard(mutex_);
  journal::append_to_group(group_, record);
  // Where turns are rare each is written at once.
  const auto rare = !clock_ || steady::now() - last_write_ >= group_delay;
  if (how == durability::power || rare || group_.size() >= group_bytes_max) {
    write(how);
    return problem_;
  }
  if (!late_.joinable())
    late_ = std::thread([this] { write_late(); });
  return problem_;
}

/// What could not be written once is not written any more: the order would be broken.
void stored_journal::write(durability how) {
  if (group_.empty() || problem_)
    return;
  if (auto failed = store_.append(id_, number_ + 1, group_, epoch_, how)) {
    problem_ = std::move(failed->text);
    return;
  }
  ++number_;
  group_.clear();
  last_write_ = steady::now();
}

/// Looks again and again, which is cheaper than to be woken at each turn.
void stored_journal::write_late() {
  std::unique_lock guard(mutex_);
  while (!changed_.wait_for(guard, group_delay, [this] { return over_; }))
    if (steady::now() - last_write_ >= group_delay)
      write(durability::process);
}

} // namespace drydock::inline v1::store
