// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checks.hpp"
#include "drydock/drivers/learnt_details.hpp"
#include "drydock/rehearsal.hpp"
#include "drydock/rehearsal/rehearse.hpp"
#include "drydock/scale_set.hpp"
#include "engine_core.hpp"
#include "set_keeper.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace drydock::inline v1::detail {

/// A scale set of an engine. Members may be called from any thread.
class set_state : public std::enable_shared_from_this<set_state> {
public:
  /// Takes a set on; asks its driver for its features, and what that throws is an
  /// error.
  [[nodiscard]] static result<std::shared_ptr<set_state>>
  take_on(const std::shared_ptr<engine_core>& core, scale_set_options options);

  set_state(const std::shared_ptr<engine_core>& core, scale_set_options options);

  [[nodiscard]] const std::string& name() const { return options_.name; }
  [[nodiscard]] std::size_t size() const { return lags_.size(); }
  [[nodiscard]] value model() const;
  [[nodiscard]] upgrade_policy policy() const;
  [[nodiscard]] std::vector<instance_index> lagging() const;
  [[nodiscard]] std::shared_ptr<upgrade_state> running() const;
  [[nodiscard]] std::string instance_id(instance_index which) const;

  /// An upgrade that is ready to begin; the set is being upgraded from now on.
  struct made_upgrade {
    std::shared_ptr<upgrade_state> upgrade;
    upgrade_work work;
  };
  result<made_upgrade> make(const change& what, start_options how);

  result<std::shared_ptr<upgrade_state>> start(const change& what, start_options how);

  // set_resume.cpp: what the store has of the set.
  /// Keeps the set in the store of its engine, before anybody else knows of it.
  [[nodiscard]] std::optional<error> take_lease(engine_core& core);
  [[nodiscard]] result<std::optional<unfinished_upgrade>> unfinished() const;
  result<std::shared_ptr<upgrade_state>> resume(start_options how);
  result<void> abandon();
  [[nodiscard]] result<upgrade_plan> plan(const change& what,
                                          const plan_options& how) const;
  [[nodiscard]] result<rehearsal::scenario>
  make_scenario(const change& what, const rehearsal_options& how) const;
  result<void> delete_instance(instance_index which);

  /// Driver and prober of a set that was closed; to be destroyed where no lock is held,
  /// for their destructors are the user's.
  struct released {
    driver_choice driver;
    std::shared_ptr<drydock::prober> prober;
    std::shared_ptr<set_keeper> keeper;
  };
  /// Lets go of driver, prober and lease, unless an upgrade runs; no upgrade will
  /// begin.
  [[nodiscard]] bool close(released& into);

private:
  /// An upgrade that is about to begin, or would.
  struct prepared {
    accepted_change change;
    value previous_model;
    /// Those of the set, and with positions for replacements where it needs them.
    std::shared_ptr<const fleet> own_instances, instances;
    engine::rollout_options rollout;
    engine::lifecycle_options lifecycle;
    std::vector<std::uint8_t> lags;
  };

  [[nodiscard]] error gone() const;
  [[nodiscard]] std::optional<error> find_obstacle() const;
  [[nodiscard]] std::shared_ptr<upgrade_state>
  make_upgrade(engine_core& core, const std::string& id, const prepared& x,
               const std::shared_ptr<call_guard>& calls);
  [[nodiscard]] std::optional<error> adopt(engine_core& core, prepared x,
                                           made_upgrade& made, start_options how);
  result<std::shared_ptr<upgrade_state>>
  begin(const std::function<result<made_upgrade>()>& make_it) const;
  void write_down(made_upgrade& made, const prepared& x) const;
  [[nodiscard]] std::optional<error> find_resume_obstacle() const;
  [[nodiscard]] std::optional<error> find_difference(const past_upgrade& past) const;
  [[nodiscard]] prepared prepare(const past_upgrade& past) const;
  result<made_upgrade> make_resumed(start_options how);
  [[nodiscard]] bool lags(instance_index i) const;
  [[nodiscard]] bool anybody_lags() const;
  [[nodiscard]] result<prepared> prepare(const change& what) const;
  [[nodiscard]] engine::lifecycle_options make_lifecycle(const prepared& x) const;
  [[nodiscard]] upgrade_work make_work(engine_core& core, const prepared& x,
                                       const std::string& upgrade_id,
                                       const std::shared_ptr<call_guard>& calls) const;
  void add_drivers(engine_core& core, upgrade_work& work,
                   std::shared_ptr<const upgrade_facts> facts,
                   const std::shared_ptr<call_guard>& calls) const;
  void add_prober(engine_core& core, upgrade_work& work,
                  const std::shared_ptr<const upgrade_facts>& facts,
                  const std::shared_ptr<call_guard>& calls) const;
  [[nodiscard]] std::shared_ptr<const fleet>
  with_replacements(const fleet& instances) const;
  void take_replaced(const upgrade_state& upgrade);
  void take_end(const upgrade_state& upgrade, upgrade_report& report,
                apply_class action);

  const std::weak_ptr<engine_core> core_;
  mutable std::mutex mutex_;
  scale_set_options options_; // without instances and model
  driver_features features_;
  std::shared_ptr<const fleet> instances_;
  value model_;
  value previous_model_;
  upgrade_policy policy_;
  std::vector<std::uint8_t> lags_;
  std::vector<instance_index> deleted_;
  /// How replaced instances were called when the set was added; their later names are
  /// made of that.
  std::map<instance_index, std::string> first_ids_;
  /// The last numbers in names of replacements that were asked for; none of those comes
  /// again, for whoever had it may be left over.
  std::map<instance_index, std::uint64_t> last_numbers_;
  /// What `create` commands of the upgrade that runs tell.
  std::shared_ptr<drivers::learnt_details> learnt_;
  /// What it takes to bring those that lag to the latest model.
  apply_class outstanding_ = apply_class::none;
  std::shared_ptr<upgrade_state> running_;
  std::shared_ptr<set_keeper> keeper_; // null: nothing is kept
  bool closed_ = false;
};

} // namespace drydock::inline v1::detail
