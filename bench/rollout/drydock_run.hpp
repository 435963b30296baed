// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "measurement.hpp"

#include "drydock/actors/auditor.hpp"
#include "drydock/actors/upgrade_run.hpp"

#include <memory>
#include <string>

namespace drydock::bench {

/// Counts what it hears, has it audited, and writes it down if that is wanted.
class listener : public actors::upgrade_listener {
public:
  listener(std::size_t instances, actors::upgrade_listener* writer)
    : auditor_(instances, true), writer_(writer) {}

  void on_event(const engine::upgrade_event& event,
                engine::duration since_start) override {
    ++events_;
    auditor_.on_event(event);
    if (writer_ != nullptr)
      writer_->on_event(event, since_start);
  }

  void on_pause(const engine::upgrade_progress& progress) override {
    if (writer_ != nullptr)
      writer_->on_pause(progress);
  }

  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::uint32_t max_unavailable() const {
    return auditor_.max_unavailable();
  }

private:
  actors::auditor auditor_;
  actors::upgrade_listener* writer_;
  std::uint64_t events_ = 0;
};

/// web-0, web-1, …: a regional set.
[[nodiscard]] std::shared_ptr<const engine::fleet> make_fleet(std::uint32_t instances);

/// A rolling reimage with the default numbers.
[[nodiscard]] engine::rollout_options make_options();

/// A simulated fleet in which everything takes no time.
[[nodiscard]] actors::run_setup make_setup(const task& t,
                                           std::shared_ptr<const engine::fleet> all);

/// What is wrong with the result; empty: nothing.
[[nodiscard]] std::string check(const engine::upgrade_report& report,
                                const listener& heard, const task& t);

} // namespace drydock::bench
