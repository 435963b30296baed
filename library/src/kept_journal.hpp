// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/protocol/journal.hpp"
#include "drydock/store/stored_journal.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace drydock::inline v1::detail {

/// The journal of an upgrade of an engine: keeps its store, and can be told from any
/// thread that nothing more is to be written, and so nothing done.
class kept_journal : public protocol::upgrade_journal {
public:
  kept_journal(std::shared_ptr<store::upgrade_store> in, std::string upgrade_id,
               std::uint64_t epoch, store::stored_journal::wall_clock clock)
    : store_(std::move(in)),
      journal_(*store_, std::move(upgrade_id), epoch, std::move(clock)) {}

  [[nodiscard]] store::failure load() { return journal_.load(); }

  /// The engine ends: the upgrade stops where it stands.
  void stop() { stopped_ = true; }

  bool next(protocol::recorded_turn& turn) override { return journal_.next(turn); }
  [[nodiscard]] engine::duration since_last_turn() const override {
    return journal_.since_last_turn();
  }
  void begin(engine::instant at,
             std::span<const engine::rollout_input> inputs) override {
    journal_.begin(at, inputs);
  }
  void told(const engine::upgrade_event& event) override { journal_.told(event); }
  [[nodiscard]] std::optional<std::string>
  commit(std::span<const engine::rollout_command> effects) override {
    if (stopped_)
      return "the engine was destroyed";
    return journal_.commit(effects);
  }

private:
  std::shared_ptr<store::upgrade_store> store_;
  store::stored_journal journal_;
  std::atomic<bool> stopped_{false};
};

} // namespace drydock::inline v1::detail
