// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"
#include "drydock/config/fleet_file.hpp"
#include "drydock/drivers/learnt_details.hpp"

#include <memory>
#include <string>
#include <vector>

namespace drydock::cli {

/// Keeps in `FILE.instances.json` who replaced whom, as soon as it is told, and before
/// replacements are made how they are called.
class replacement_keeper : public actors::upgrade_listener {
public:
  /// `learnt` is what `create` commands tell.
  replacement_keeper(std::shared_ptr<const config::fleet_file> file,
                     std::shared_ptr<const drivers::learnt_details> learnt);

  void on_event(const engine::upgrade_event& event,
                engine::duration since_start) override;
  void on_pause(const engine::upgrade_progress& progress) override;

private:
  void note_given(const std::vector<engine::instance_index>& members);
  void note_replaced(const engine::told::instance_replaced& e);
  void write();
  [[nodiscard]] engine::instance_spec now_at(engine::instance_index i) const;

  std::shared_ptr<const config::fleet_file> file_;
  std::shared_ptr<const drivers::learnt_details> learnt_;
  config::kept_instances all_;
  bool unkept_ = false;
  bool complained_ = false;
};

} // namespace drydock::cli
