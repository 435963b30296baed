// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"
#include "event_json.hpp"
#include "text_output.hpp"

#include <cstdint>
#include <memory>
#include <mutex>

namespace drydock::cli {

/// Writes the events of several upgrades into one file, in the order in which they were
/// told, as `event_writer` writes those of one; each line says whose it is
/// (`scaleSet`).
class joint_events {
public:
  /// `descriptor` stays the caller's, and open until `finish`. `at_once`: each event is
  /// in the file before the next listener hears of it.
  joint_events(int descriptor, bool at_once)
    : at_once_(at_once), out_(descriptor, at_once ? text_output::writer::caller
                                                  : text_output::writer::own_thread) {}

  /// Takes those of one upgrade; must not outlive this.
  [[nodiscard]] std::unique_ptr<actors::upgrade_listener> of(event_context context);

  /// As `event_writer::finish`, once nobody tells anything any more.
  int finish() { return out_.finish(); }

private:
  class of_one;

  std::mutex mutex_;
  bool at_once_;
  std::uint64_t seq_ = 0;
  text_output out_;
};

} // namespace drydock::cli
