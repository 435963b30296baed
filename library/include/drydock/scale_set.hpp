// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <drydock/driver.hpp>
#include <drydock/engine/admission.hpp>
#include <drydock/engine/driver_spec.hpp>
#include <drydock/engine/plan.hpp>
#include <drydock/engine/policy.hpp>
#include <drydock/prober.hpp>
#include <drydock/result.hpp>
#include <drydock/unfinished_upgrade.hpp>
#include <drydock/upgrade.hpp>

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace drydock::inline v1 {

using engine::batching_mode;
using engine::checkpoint;
using engine::checkpoint_approval;
using engine::command_spec;
using engine::compatibility;
using engine::expected_health;
using engine::orchestration_mode;
using engine::rejection;
using engine::retry_policy;
using engine::rollback_scope;
using engine::rolling_policy;
using engine::simulated_spec;
using engine::upgrade_mode;
using engine::upgrade_plan;
using engine::upgrade_policy;

namespace detail {
class set_state;
}

/// Who acts on the instances: a driver of one's own, or one that comes with the
/// library: commands (`command_spec`; processes without a shell), or a fleet that
/// exists in memory only (`simulated_spec`, its own prober too).
using driver_choice =
  std::variant<std::shared_ptr<driver>, command_spec, simulated_spec>;

/// A scale set, as it is handed to an engine. No length of time in its policy, in
/// `health`, `retry` or the retries of its driver's spec may be longer than 365 days:
/// `invalid_argument`.
struct scale_set_options {
  /// Not empty; unique within the engine, and within the store where there is one: by
  /// it the next engine finds what this one left unfinished.
  std::string name = {};
  /// At least one instance. `latest_model_applied` says that an instance runs `model`.
  fleet instances = {};
  /// The model that the instances have, or are meant to have.
  value model = {};
  /// What instances that do not run `model` need for it, where an earlier engine left
  /// some behind: then a change without a patch brings them to it. `none`: nothing is
  /// known.
  apply_class lagging_action = apply_class::none;
  /// How changes are brought to the instances, unless `change::policy` says otherwise.
  upgrade_policy policy = {};
  /// Flexible or uniform: which health sources a rolling upgrade may have.
  orchestration_mode orchestration = orchestration_mode::flexible;
  /// Whose limits hold for the policy.
  compatibility limits = compatibility::extended;
  /// It belongs to a Service Fabric cluster: automatic mode only.
  bool service_fabric = false;
  /// Azure features that are registered (`ImageReferenceUpgradeForVmoVMs`).
  std::vector<std::string> features = {};
  /// Apply classes by model path, where they are not Azure's.
  engine::class_overrides model_classes = {};
  /// Who acts on the instances; a driver of one's own must not be null.
  driver_choice driver = {};
  /// How often and how patiently the driver's actions and hooks are tried; for a driver
  /// of one's own; the others have theirs in their specs. A timeout of 0 waits for the
  /// driver's answer for ever, or until the upgrade is cancelled now.
  retry_policy retry = {};
  /// How answers of probes are counted; `kind` `none` and no `prober`: health is not
  /// known, and the driver's word is all there is.
  health_source health = {};
  /// Who asks for health; null: the library does, by what `health` says. With a prober
  /// and the kind `none`, the kind is `binary_extension`.
  std::shared_ptr<drydock::prober> prober = {};
};

/// A change of the model, and how it is to be brought to the instances.
struct change {
  /// Merged onto the model as RFC 7396 merges JSON: tables merge, null removes.
  /// Null: no change; brings the latest model to instances that an upgrade left behind.
  value patch = {};
  /// For this and all later upgrades; nothing: as before. No length of time in it may
  /// be longer than 365 days.
  std::optional<upgrade_policy> policy = {};
  /// A new `vm_size` needs other hardware.
  bool vm_size_on_other_hardware = false;
  /// Manual mode: upgrade all that lag …
  bool all_instances = false;
  /// … or these positions, protected ones too.
  std::vector<instance_index> instances = {};
  /// Positions of instances that run the changed model already.
  std::vector<instance_index> up_to_date = {};
};

/// What is known to be on the way, for a plan.
struct plan_options {
  /// Instances that are not named are healthy; in order of position.
  std::vector<expected_health> health = {};
  /// How long a member is at work.
  duration work{0};
};

/// A scale set in an engine. A handle: copies name the same set. Every member may be
/// called from any thread; once the engine is gone, or the set removed, what would
/// change something returns `engine_stopped` or `not_found`.
class scale_set {
public:
  /// As given in `scale_set_options`.
  [[nodiscard]] const std::string& name() const;
  /// Instances, deleted ones included.
  [[nodiscard]] std::size_t size() const;
  /// What the instance at a position is called now: as it was when the set was added
  /// or, where upgrades by `max_surge` have replaced it, with a number after that:
  /// `web-3-2`. Empty for a position that the set has not.
  [[nodiscard]] std::string instance_id(instance_index which) const;
  /// The model last accepted.
  [[nodiscard]] value model() const;
  /// What the next upgrade has, unless its change brings another.
  [[nodiscard]] upgrade_policy policy() const;
  /// Instances that do not run the latest model, as far as is known; ascending.
  [[nodiscard]] std::vector<instance_index> lagging() const;

  /// The upgrade that runs, if one does.
  [[nodiscard]] std::optional<upgrade> running() const;

  /// Accepts the change and begins to bring it to the instances; returns at once.
  /// All problems are in one error: `invalid_argument`, `change_refused`, or
  /// `upgrade_in_progress` while another upgrade of the set runs; then nothing was
  /// altered.
  ///
  /// With a store the upgrade is written down first: also `unfinished_upgrade` while
  /// the store has one that can be resumed, `lease_lost` and `store_unavailable`. Where
  /// the driver inspects, that comes after it, and what goes wrong is in the report:
  /// Faulted, `JournalUnavailable`. If the store fails later on, or another engine
  /// takes the set over, the upgrade stops where it stands: `RollingForward` with the
  /// code `JournalUnavailable` or `LeaseLost`; it can be resumed. Replacements
  /// (`max_surge`) are not kept yet: `invalid_argument`.
  result<upgrade> start_upgrade(const change& what, start_options how = {});

  /// What an earlier engine, or this one, left unfinished; nothing where there is no
  /// such upgrade or no store. Reads and decides the whole upgrade again. Errors:
  /// `store_unavailable`; `not_found` for a set that was removed, or whose engine is
  /// gone.
  [[nodiscard]] result<std::optional<unfinished_upgrade>> unfinished() const;

  /// Goes on with the unfinished upgrade, under the change and the policy that it began
  /// with, which are the set's from now on. Handlers hear all of it again from its
  /// start. The driver is asked what became of those that were in hand
  /// (`driver::inspect_action`); until that is known they count as unavailable.
  ///
  /// The set must have the same instances in the same order, also those that were
  /// deleted since, a health source if and only if it had one, and a driver with the
  /// hooks and the approve command that it needs; an upgrade with guards goes on with
  /// `drydock resume` only: else `resume_refused`. What `drydock cancel` and `drydock
  /// approve` asked meanwhile is heard now, and not any more while it runs. Errors are
  /// also `nothing_to_resume`, `upgrade_in_progress`, `lease_lost`,
  /// `store_unavailable`, and `engine_stopped` or `not_found`.
  result<upgrade> resume_upgrade(start_options how = {});

  /// Gives the unfinished upgrade up as it stands: it counts as cancelled, and the set
  /// can be upgraded anew. What was in hand is nobody's business any more, so ask
  /// `unfinished` before. Errors as those of `resume_upgrade`, but for
  /// `resume_refused`.
  result<void> abandon_upgrade();

  /// The batches that `start_upgrade` would run if nothing failed. Calls no driver
  /// and no prober. Errors as those of `start_upgrade`, but for a running upgrade;
  /// `not_found` for a set that was removed, or whose engine is gone.
  [[nodiscard]] result<upgrade_plan> plan(const change& what,
                                          const plan_options& how = {}) const;

  /// An instance is gone: it is in no count any more, and never touched; an upgrade
  /// that runs is told. For good. Unknown positions: `invalid_argument`; `not_found`
  /// for a set that was removed, or whose engine is gone.
  result<void> delete_instance(instance_index which);

  /// For the engine.
  explicit scale_set(std::shared_ptr<detail::set_state> state);
  [[nodiscard]] const std::shared_ptr<detail::set_state>& state() const {
    return state_;
  }

private:
  std::shared_ptr<detail::set_state> state_;
};

} // namespace drydock::inline v1
