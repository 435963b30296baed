// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <drydock/action_inspection.hpp>
#include <drydock/engine/apply_class.hpp>
#include <drydock/engine/step.hpp>
#include <drydock/engine/time.hpp>
#include <drydock/instance.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace drydock::inline v1 {

using engine::apply_class;
using engine::duration;

namespace protocol {
class step_port;
}
namespace detail {
class gate;
class inspection_round;
struct access;
} // namespace detail

/// What is to be done to an instance.
struct action {
  /// What the change asks for: `in_place`, `restart`, `reimage` or `redeploy`.
  apply_class kind = apply_class::none;
  /// From 1; a transient failure is tried again (`retry_policy`).
  std::uint32_t attempt = 1;
  /// The previous model is to be put back.
  bool rollback = false;
};

/// How a driver answers. Move only; every member may be called from any thread, at
/// any time, also after the engine is gone. The first answer counts, and what follows
/// is ignored. Destroyed without an answer it answers with a failure, so that an
/// action that a driver lost does not hold up the upgrade until its timeout.
class completion {
public:
  completion(completion&& other) noexcept;
  completion& operator=(completion&& other) noexcept;
  ~completion();

  /// Done. `after`: it will have been done that much later than now, which is how a
  /// driver takes its time on a virtual clock. From 0 to 365 days, here and below; what
  /// is less or more counts as the nearest of these.
  void succeed(duration after = duration{0}) noexcept;

  /// It failed for good; `message` is for people.
  void fail(std::string message, duration after = duration{0}) noexcept;

  /// It failed, but may do better another time: tried again, as the policy says.
  void fail_transiently(std::string message, duration after = duration{0}) noexcept;

  /// There is no quota for one more instance, and none was made: an answer to
  /// `driver::create` alone, upon which the member is upgraded in place; to anything
  /// else it is a failure for good.
  void fail_for_quota(std::string message, duration after = duration{0}) noexcept;

  /// Whether nothing was answered here.
  [[nodiscard]] bool is_open() const noexcept { return port_ != nullptr; }

private:
  friend struct detail::access;
  completion() = default;

  std::shared_ptr<detail::gate> gate_;
  std::shared_ptr<protocol::step_port> port_;
  std::uint32_t instance_ = 0;
  std::uint32_t generation_ = 0;
  std::uint32_t request_ = 0;
};

/// How a driver tells what an instance runs. Move only; rules as for `completion`.
/// Destroyed without an answer it says that nothing is known.
class inspection {
public:
  inspection(inspection&& other) noexcept;
  inspection& operator=(inspection&& other) noexcept;
  ~inspection();

  /// Whether the instance runs the latest model, so that it need not be touched.
  void runs_latest_model(bool yes) noexcept;

  /// Nothing is known: it counts as lagging. `message` goes to the log.
  void fail(std::string message) noexcept;

private:
  friend struct detail::access;
  inspection() = default;

  std::shared_ptr<detail::inspection_round> round_;
  std::uint32_t instance_ = 0;
};

/// What a driver can do beside upgrading.
struct driver_features {
  /// `before_instance` is to be called before each action.
  bool before_instance = false;
  /// `after_instance` is to be called once the instance is healthy.
  bool after_instance = false;
  /// `inspect` tells, before an upgrade, which instances need nothing.
  bool inspect = false;
  /// `create` and `remove` make and delete instances, so that `max_surge` may be set.
  bool create_and_remove = false;
};

/// Acts on instances; this is what a control plane brings.
///
/// The engine calls from threads of its own, several at the same time, though never
/// twice at once for one instance. Calls must return soon: start the work, keep the
/// completion, answer when it is done. An exception that leaves a call fails the
/// action with its text. The engine keeps the driver until its scale set is removed
/// or the engine is gone, and calls nothing after that.
class driver {
public:
  driver() = default;
  virtual ~driver();

  driver(const driver&) = delete;
  driver& operator=(const driver&) = delete;

  /// Asked once, on the thread that adds the scale set; if it throws, the set is not
  /// added (`invalid_argument`). By default there is nothing beside upgrading.
  [[nodiscard]] virtual driver_features features() const { return {}; }

  /// Brings `target` to its latest model, or to its previous one for a rollback.
  /// An answer within the call is the quickest.
  virtual void upgrade(const instance& target, const action& what, completion done) = 0;

  /// Takes the instance out of service (drain), say; not before a rollback. A failure
  /// fails the instance. By default it succeeds.
  virtual void before_instance(const instance& target, const action& what,
                               completion done);

  /// Puts it back into service, say; after a rollback too. By default it succeeds.
  virtual void after_instance(const instance& target, const action& what,
                              completion done);

  /// Makes `target`, which is to replace another instance, from its latest model; no
  /// hook is called for it. One that is there already is no mistake: it succeeds.
  /// Called only with `driver_features::create_and_remove`; by default it fails.
  virtual void create(const instance& target, const action& what, completion done);

  /// Deletes `target`: its replacement serves (then `before_instance` was called), or
  /// it was made to replace another instance and did not do. It may be half there, as
  /// when `create` failed or was killed; one that is gone is no mistake: it succeeds.
  /// Called only with `driver_features::create_and_remove`; by default it fails.
  virtual void remove(const instance& target, const action& what, completion done);

  /// Says whether `target` runs the latest model. All instances are asked for at once,
  /// before the upgrade begins, on one thread; those of which nothing was said within
  /// the timeout of one attempt count as lagging. By default nothing runs it.
  virtual void inspect(const instance& target, inspection done);

  /// Finds out what became of `what` on `target`, which an earlier engine of the same
  /// upgrade may have begun, ended or left at work; asked when an upgrade is resumed
  /// (`scale_set::resume_upgrade`), of those that were in hand. By default it cannot be
  /// told, and so the action is done again: at least once, not exactly once.
  virtual void inspect_action(const instance& target, const action& what,
                              action_inspection done);

  /// The action or hook under way on `target` has reached its timeout, or the upgrade
  /// was cancelled now: end it, or let it be. An answer to it is ignored. Called for
  /// `inspect_action` as well, where the upgrade is cancelled now, though never for
  /// `inspect`. By default nothing happens.
  virtual void kill(const instance& target);
};

} // namespace drydock::inline v1
