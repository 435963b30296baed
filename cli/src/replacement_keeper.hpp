// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"
#include "drydock/config/fleet_file.hpp"
#include "drydock/drivers/learnt_details.hpp"
#include "drydock/protocol/journal.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace drydock::cli {

/// Keeps in `FILE.instances.json` who replaced whom, and whom a change of capacity has
/// made and deleted, as soon as it is told, and before instances are made how they are
/// called.
class replacement_keeper : public actors::upgrade_listener {
public:
  /// `learnt` is what `create` commands tell.
  replacement_keeper(std::shared_ptr<const config::fleet_file> file,
                     std::shared_ptr<const drivers::learnt_details> learnt);

  void on_event(const engine::upgrade_event& event,
                engine::duration since_start) override;
  void on_pause(const engine::upgrade_progress& progress) override;

  /// All that is told is written down, and told again to whoever goes on with it: then
  /// what has happened may be kept a while later, so that it costs little in a large
  /// set. Without, it is kept at the next pause.
  void rely_on_journal() { has_journal_ = true; }

  /// The event is told once its turn is written: what whoever resumes that turn must
  /// know comes before.
  void foresee(const engine::upgrade_event& event);
  /// The turn is about to be written.
  void write_foreseen();

private:
  void note_given(const std::vector<engine::instance_index>& members);
  void note_arriving(const std::vector<engine::instance_index>& arrivals);
  void on_scaling(const engine::upgrade_event& event);
  void note_change();
  [[nodiscard]] bool is_due() const;
  void write();
  [[nodiscard]] engine::instance_spec now_at(engine::instance_index i) const;
  [[nodiscard]] std::string name_of(engine::instance_index i) const;
  config::replaced_instance& kept_as(const std::string& name,
                                     const std::string& id_now);
  config::replaced_instance& listed(engine::instance_index i);
  void keep_replaced(const engine::told::instance_replaced& e);
  void forget_arrived(engine::instance_index i);
  void keep_arrived(engine::instance_index i);
  void keep_departed(engine::instance_index i);
  void keep_listed(engine::instance_index i);
  void note_staying(const engine::told::scaling_started& e);

  std::shared_ptr<const config::fleet_file> file_;
  std::shared_ptr<const drivers::learnt_details> learnt_;
  config::kept_instances all_; // its `path` is where it is written
  std::unordered_map<std::string, std::string> names_; // in `all_`, by the id of now
  std::vector<engine::instance_index> staying_; // to be kept with the first who goes
  std::uint64_t last_born_ = 0;
  std::size_t changes_ = 0; // that are not kept yet
  engine::duration now_{0}, kept_at_{0};
  bool has_journal_ = false;
  bool due_ = false;
  bool unkept_ = false;
  bool foreseen_ = false;
  bool complained_ = false;
};

/// A journal whose turns are written after what a keeper has to keep of them.
class keeping_journal : public protocol::upgrade_journal {
public:
  /// `keeper` must outlive it.
  keeping_journal(std::shared_ptr<protocol::upgrade_journal> inner,
                  replacement_keeper& keeper)
    : inner_(std::move(inner)), keeper_(keeper) {
    keeper_.rely_on_journal();
  }

  bool next(protocol::recorded_turn& turn) override { return inner_->next(turn); }
  [[nodiscard]] engine::duration since_last_turn() const override {
    return inner_->since_last_turn();
  }
  void begin(engine::instant at,
             std::span<const engine::rollout_input> inputs) override {
    inner_->begin(at, inputs);
  }
  void told(const engine::upgrade_event& event) override {
    keeper_.foresee(event);
    inner_->told(event);
  }
  [[nodiscard]] std::optional<std::string>
  commit(std::span<const engine::rollout_command> effects) override {
    keeper_.write_foreseen();
    return inner_->commit(effects);
  }

private:
  std::shared_ptr<protocol::upgrade_journal> inner_;
  replacement_keeper& keeper_;
};

} // namespace drydock::cli
