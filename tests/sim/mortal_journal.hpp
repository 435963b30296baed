// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "breaker.hpp"

#include "drydock/store/stored_journal.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace drydock::sim {

using namespace engine;
using namespace protocol;

/// What the world has seen with its own eyes, whoever ran the upgrade.
struct facts {
  explicit facts(const scenario& s) : what(s) {}

  void blame(const std::string& text) {
    if (violation.empty())
      violation = text;
  }

  /// Whether answers get lost or doubled on the way, or nobody can tell what became of
  /// an action, so that it may be begun again by the rules.
  [[nodiscard]] bool bad_line() const {
    return what.unkind.lost_answer > 0 || what.unkind.duplicate_answer > 0
           || what.unkind.dying_actor > 0 || what.unkind.cannot_tell;
  }

  const scenario& what;
  /// When an action ends, or ended, that does what it is to do.
  std::map<instance_index, instant> done;
  /// Until when an action is at work.
  std::map<instance_index, instant> busy;
  /// Instances that served when drydock took them.
  std::set<instance_index> taken;
  /// Instances on which any step was begun.
  std::set<instance_index> begun;
  /// Instances that were made, or begun to be made, and are not deleted.
  std::set<instance_index> extra;
  /// Who was told of its deletion, and when it may be deleted.
  std::map<instance_index, instant> notices;
  /// Instances that fell ill while nobody watched, and until when.
  std::map<instance_index, instant> fallen;
  instant now{};
  bool powered = true;
  std::string violation;
};

/// A journal whose process dies at a record.
class mortal_journal : public upgrade_journal {
public:
  mortal_journal(store::stored_journal& to, facts& f, std::optional<death> when)
    : to_(to), facts_(f), when_(when), began_(f.now) {}

  bool next(recorded_turn& turn) override { return to_.next(turn); }
  [[nodiscard]] duration since_last_turn() const override {
    return to_.since_last_turn();
  }
  void begin(instant at, std::span<const rollout_input> inputs) override {
    told_now_ = 0;
    if (!first_)
      first_ = at;
    // The clock of an upgrade stands while nobody runs it; that of the world does not.
    facts_.now = std::max(facts_.now, began_ + (at - *first_));
    to_.begin(at, inputs);
  }
  void told(const upgrade_event& event) override {
    ++told_now_;
    to_.told(event);
  }
  std::optional<std::string> commit(std::span<const rollout_command> effects) override {
    const auto dies = when_ && to_.written() + 1 == when_->record;
    if (dies && !when_->written)
      return die();
    if (auto why = to_.commit(effects)) {
      facts_.powered = false; // who cannot write ends, and its commands with it
      return why;
    }
    written_ += told_now_;
    return dies ? std::optional(die()) : std::nullopt;
  }

  /// Events of the turns that were written.
  std::uint64_t told_written() const { return written_; }

private:
  std::string die() {
    facts_.powered = false;
    return "the process died";
  }

  store::stored_journal& to_;
  facts& facts_;
  std::optional<death> when_;
  instant began_;
  std::optional<instant> first_;
  std::uint64_t told_now_ = 0;
  std::uint64_t written_ = 0;
};

} // namespace drydock::sim
