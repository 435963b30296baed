// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <drydock/driver.hpp>
#include <drydock/task.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace drydock::inline v1 {

/// What a coroutine of a `coroutine_driver` gives: what became of an action or hook.
/// `after` counts from when it is given, as in `completion`.
class action_result {
public:
  /// Done.
  [[nodiscard]] static action_result success(duration after = duration{0}) {
    return {end_kind::succeeded, {}, after};
  }
  /// It failed for good; `message` is for people.
  [[nodiscard]] static action_result failure(std::string message,
                                             duration after = duration{0}) {
    return {end_kind::failed, std::move(message), after};
  }
  /// It failed, but may do better another time: tried again, as the policy says.
  [[nodiscard]] static action_result transient_failure(std::string message,
                                                       duration after = duration{0}) {
    return {end_kind::failed_transiently, std::move(message), after};
  }
  /// There is no quota for one more instance, and none was made: from `create_task`
  /// alone, as `completion::fail_for_quota`.
  [[nodiscard]] static action_result quota_failure(std::string message,
                                                   duration after = duration{0}) {
    return {end_kind::without_quota, std::move(message), after};
  }

  /// For `coroutine_driver`.
  void tell(completion& done) && noexcept {
    switch (end_) {
    case end_kind::succeeded:
      return done.succeed(after_);
    case end_kind::failed:
      return done.fail(std::move(message_), after_);
    case end_kind::failed_transiently:
      return done.fail_transiently(std::move(message_), after_);
    case end_kind::without_quota:
      return done.fail_for_quota(std::move(message_), after_);
    }
  }

private:
  enum class end_kind : std::uint8_t {
    succeeded,
    failed,
    failed_transiently,
    without_quota
  };

  action_result(end_kind end, std::string message, duration after)
    : end_(end), message_(std::move(message)), after_(after) {}

  end_kind end_;
  std::string message_;
  duration after_;
};

/// A driver whose calls are coroutines. Each begins on the engine's thread that calls,
/// and must come to its end or to its first `co_await` that waits soon; who resumes it
/// then is the affair of what it awaits. One that ends without waiting answers within
/// the call.
///
/// An exception that leaves a coroutine fails the action with its text. A coroutine
/// keeps its driver, so the driver lives until the last one has ended, after the engine
/// it may be; what resumes them must not be a member of the driver that waits for its
/// own threads when it is destroyed. What coroutines wait for must wake them at some
/// time: one that is never resumed is never freed.
///
/// Nothing ends a coroutine but itself: one whose action was killed goes on, and its
/// result is ignored; the next attempt at the same instance may begin beside it.
/// Override `kill` to have what it waits for wake it.
///
/// To be made by `std::make_shared`; `features` and `kill` are as in `driver`.
class coroutine_driver : public driver,
                         public std::enable_shared_from_this<coroutine_driver> {
public:
  /// As `driver::upgrade`. Parameters by value here and below: they live as long as the
  /// coroutine does.
  virtual task<action_result> upgrade_task(instance target, action what) = 0;

  /// As `driver::before_instance`.
  virtual task<action_result> before_instance_task(instance target, action what);

  /// As `driver::after_instance`.
  virtual task<action_result> after_instance_task(instance target, action what);

  /// As `driver::create`, for `driver_features::create_and_remove`; by default it
  /// fails.
  virtual task<action_result> create_task(instance target, action what);

  /// As `driver::remove`, for `driver_features::create_and_remove`; by default it
  /// fails.
  virtual task<action_result> remove_task(instance target, action what);

  /// As `driver::inspect`: whether `target` runs the latest model; nothing: not known.
  /// An exception says so too, and its text goes to the log.
  virtual task<std::optional<bool>> inspect_task(instance target);

  /// As `driver::inspect_action`: what became of an action that an earlier engine may
  /// have begun. An exception says `unknown`.
  virtual task<action_fate> inspect_action_task(instance target, action what);

  /// For the engine, as the next six: runs `upgrade_task`.
  void upgrade(const instance& target, const action& what, completion done) final {
    run(shared_from_this(), &coroutine_driver::upgrade_task, target, what,
        std::move(done));
  }
  /// Runs `before_instance_task`.
  void before_instance(const instance& target, const action& what,
                       completion done) final {
    run(shared_from_this(), &coroutine_driver::before_instance_task, target, what,
        std::move(done));
  }
  /// Runs `after_instance_task`.
  void after_instance(const instance& target, const action& what,
                      completion done) final {
    run(shared_from_this(), &coroutine_driver::after_instance_task, target, what,
        std::move(done));
  }
  /// Runs `create_task`.
  void create(const instance& target, const action& what, completion done) final {
    run(shared_from_this(), &coroutine_driver::create_task, target, what,
        std::move(done));
  }
  /// Runs `remove_task`.
  void remove(const instance& target, const action& what, completion done) final {
    run(shared_from_this(), &coroutine_driver::remove_task, target, what,
        std::move(done));
  }
  /// Runs `inspect_task`.
  void inspect(const instance& target, inspection done) final {
    run_inspection(shared_from_this(), target, std::move(done));
  }
  /// Runs `inspect_action_task`.
  void inspect_action(const instance& target, const action& what,
                      action_inspection done) final {
    run_action_inspection(shared_from_this(), target, what, std::move(done));
  }

private:
  using step = task<action_result> (coroutine_driver::*)(instance, action);

  // Coroutines cannot await where they catch, so texts leave the handlers first.
  static detail::free_coroutine run(std::shared_ptr<coroutine_driver> self,
                                    step what_to_do, instance target, action what,
                                    completion done) {
    std::string problem;
    try {
      auto end = co_await ((*self).*what_to_do)(target, what);
      std::move(end).tell(done);
      co_return;
    } catch (const std::exception& thrown) {
      problem = thrown.what();
    } catch (...) {
      problem = unknown_exception;
    }
    done.fail(std::move(problem));
  }

  static detail::free_coroutine run_inspection(std::shared_ptr<coroutine_driver> self,
                                               instance target, inspection done) {
    std::string problem = "the driver says that it does not know";
    try {
      if (const auto latest = co_await self->inspect_task(target)) {
        done.runs_latest_model(*latest);
        co_return;
      }
    } catch (const std::exception& thrown) {
      problem = thrown.what();
    } catch (...) {
      problem = unknown_exception;
    }
    done.fail(std::move(problem));
  }

  static detail::free_coroutine
  run_action_inspection(std::shared_ptr<coroutine_driver> self, instance target,
                        action what, action_inspection done) {
    std::string problem;
    try {
      done.answer(co_await self->inspect_action_task(target, what));
      co_return;
    } catch (const std::exception& thrown) {
      problem = thrown.what();
    } catch (...) {
      problem = unknown_exception;
    }
    done.answer(action_fate::unknown, std::move(problem));
  }

  static constexpr const char* unknown_exception =
    "the driver threw something that is no std::exception";
};

inline task<action_result> coroutine_driver::before_instance_task(instance, action) {
  co_return action_result::success();
}

inline task<action_result> coroutine_driver::after_instance_task(instance, action) {
  co_return action_result::success();
}

inline task<action_result> coroutine_driver::create_task(instance target, action) {
  co_return action_result::failure(
    "this driver cannot make " + std::string(target.id())
    + ": override coroutine_driver::create_task, or leave create_and_remove out of its "
      "features");
}

inline task<action_result> coroutine_driver::remove_task(instance target, action) {
  co_return action_result::failure(
    "this driver cannot delete " + std::string(target.id())
    + ": override coroutine_driver::remove_task, or leave create_and_remove out of its "
      "features");
}

inline task<std::optional<bool>> coroutine_driver::inspect_task(instance) {
  co_return std::nullopt;
}

inline task<action_fate> coroutine_driver::inspect_action_task(instance, action) {
  co_return action_fate::cannot_tell;
}

} // namespace drydock::inline v1
