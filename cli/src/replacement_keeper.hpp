// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"
#include "drydock/config/fleet_file.hpp"
#include "drydock/drivers/learnt_details.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace drydock::cli {

/// Keeps in `FILE.instances.json` who replaced whom, and whom a change of capacity has
/// made and deleted, as soon as it is told.
class replacement_keeper : public actors::upgrade_listener {
public:
  /// `learnt` is what `create` commands tell.
  replacement_keeper(std::shared_ptr<const config::fleet_file> file,
                     std::shared_ptr<const drivers::learnt_details> learnt);

  void on_event(const engine::upgrade_event& event,
                engine::duration since_start) override;
  void on_pause(const engine::upgrade_progress& progress) override;

private:
  [[nodiscard]] engine::instance_spec now_at(engine::instance_index i) const;
  [[nodiscard]] std::string name_of(engine::instance_index i) const;
  void keep_replaced(const engine::told::instance_replaced& e);
  void keep_arrived(engine::instance_index i);
  void keep_departed(engine::instance_index i);
  void keep_listed(engine::instance_index i);
  void note_staying(const engine::told::scaling_started& e);

  std::shared_ptr<const config::fleet_file> file_;
  std::shared_ptr<const drivers::learnt_details> learnt_;
  config::replaced_instances all_;
  std::vector<engine::instance_index> staying_; // to be kept with the first who goes
  std::uint64_t last_born_ = 0;
  bool unkept_ = false;
  bool complained_ = false;
};

} // namespace drydock::cli
