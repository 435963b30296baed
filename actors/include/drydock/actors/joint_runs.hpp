// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace drydock::inline v1::actors {

/// Upgrades that run at the same time, on one clock.
class joint_runs {
public:
  /// What they share; each as in `run_setup`, where it does not count.
  struct clock {
    bool is_virtual = false;
    engine::duration start{0};
    std::size_t threads = 0;
    std::optional<std::uint64_t> interleaving_seed = std::nullopt;
  };

  explicit joint_runs(const clock& on);
  /// Ends what still runs, without a word.
  ~joint_runs();

  joint_runs(const joint_runs&) = delete;
  joint_runs& operator=(const joint_runs&) = delete;

  /// Makes an upgrade, which waits for its `begin`; returns its number, from 0.
  /// `listener` must outlive this. `wait`, `add` and `begin` are for one thread.
  std::size_t add(run_setup setup, upgrade_listener& listener);
  void begin(std::size_t run);

  struct ended {
    std::size_t run = 0;
    engine::upgrade_report report;
  };
  /// Waits for the next end of an upgrade that has begun; nothing: all have been told.
  /// On a virtual clock the upgrades run within this call.
  [[nodiscard]] std::optional<ended> wait();

  /// How long a virtual clock has run.
  [[nodiscard]] engine::duration elapsed() const;

  /// From any thread, any number of times, before `begin` too; once the upgrade is over
  /// nothing happens.
  ///@{
  void cancel(std::size_t run, std::string by, bool now);
  void approve(std::size_t run, protocol::approval word);
  void delete_instance(std::size_t run, engine::instance_index instance);
  void stop_keeping(std::size_t run);
  /// Lets repairs go on, or not.
  void steer_repairs(std::size_t run, std::string by, bool go_on);
  ///@}

  /// At a given time of a virtual clock from now. Before `wait`.
  ///@{
  void cancel_at(std::size_t run, std::string by, bool now, engine::duration after);
  void approve_at(std::size_t run, protocol::approval word, engine::duration after);
  void delete_instance_at(std::size_t run, engine::instance_index instance,
                          engine::duration after);
  void stop_keeping_at(std::size_t run, engine::duration after);
  void steer_repairs_at(std::size_t run, std::string by, bool go_on,
                        engine::duration after);
  ///@}

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace drydock::inline v1::actors
