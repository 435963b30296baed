// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"
#include "json_output.hpp"

#include <memory>
#include <ostream>
#include <string>

namespace drydock::cli {

/// Writes an upgrade's events as JSON Lines, one object a line, flushed as they
/// happen.
class event_writer : public actors::upgrade_listener {
public:
  /// `out` must outlive the writer. `start` is when the upgrade starts.
  event_writer(std::ostream& out, std::string scale_set,
               std::shared_ptr<const engine::fleet> instances, wall_time start)
    : out_(&out), scale_set_(std::move(scale_set)), instances_(std::move(instances)),
      start_(start) {}

  void on_event(const engine::upgrade_event& event,
                engine::duration since_start) override;

private:
  std::ostream* out_;
  std::string scale_set_;
  std::shared_ptr<const engine::fleet> instances_;
  wall_time start_;
  std::uint64_t seq_ = 0;
};

} // namespace drydock::cli
