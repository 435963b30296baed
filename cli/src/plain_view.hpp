// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "views.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace drydock::cli {

/// Writes an upgrade's events as lines. Beside what `describe` leaves out, it
/// leaves out what members of a batch go through and health before the first
/// check. Not thread safe.
class plain_view : public actors::upgrade_listener {
public:
  /// `write` gets whole lines.
  plain_view(view_context context, std::function<void(std::string_view)> write);

  void on_event(const engine::upgrade_event& event,
                engine::duration since_start) override;

private:
  void note(const engine::upgrade_event& event);
  void repair_is_over(engine::instance_index i);
  [[nodiscard]] bool is_worth_a_line(const engine::upgrade_event& event) const;

  view_context context_;
  std::function<void(std::string_view)> write_;
  std::vector<bool> in_hand_;
  bool opened_ = false; // health was settled everywhere
};

} // namespace drydock::cli
