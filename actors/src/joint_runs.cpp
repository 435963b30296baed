// SPDX-License-Identifier: Apache-2.0
#include "drydock/actors/joint_runs.hpp"

#include "drydock/actors/launch.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <random>
#include <utility>
#include <vector>

namespace drydock::inline v1::actors {

using namespace protocol;

namespace {

class config : public caf::actor_system_config {
public:
  explicit config(const joint_runs::clock& on) {
    add_message_types<caf::id_block::drydock>();
    if (on.is_virtual) {
      set("scheduler.policy", caf::atom("testing"));
      return;
    }
    set_scheduler(*this, on.threads);
    set_log_off(*this);
  }
};

/// Where ends are told. A coordinator may outlive those who wait for it by a moment, so
/// that both keep it.
struct endings {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<joint_runs::ended> told;

  void tell(std::size_t run, engine::upgrade_report report) {
    const std::lock_guard guard(mutex);
    told.push_back({run, std::move(report)});
    changed.notify_all();
  }

  bool any() {
    const std::lock_guard guard(mutex);
    return !told.empty();
  }

  joint_runs::ended next() {
    std::unique_lock guard(mutex);
    changed.wait(guard, [this] { return !told.empty(); });
    auto x = std::move(told.front());
    told.pop_front();
    return x;
  }
};

approve_upgrade to_message(approval word) {
  return {std::move(word.by), word.approved, std::move(word.message), word.question};
}

} // namespace

class joint_runs::impl {
public:
  explicit impl(const clock& on)
    : virtual_clock_(on.is_virtual), interleaving_seed_(on.interleaving_seed),
      config_(on), system_(config_) {
    random_.seed(interleaving_seed_.value_or(0));
    if (virtual_clock_)
      scheduler().advance_time(on.start);
    begun_at_ = system_.clock().now();
  }

  ~impl() {
    // Upgrades that never ran, or were left in the middle.
    for (auto& x : runs_) {
      caf::anon_send_exit(x.coordinator, caf::exit_reason::user_shutdown);
      x.coordinator = nullptr;
    }
    // Nobody but us runs the actors of a virtual clock, their exits included.
    if (virtual_clock_)
      drain();
  }

  std::size_t add(run_setup setup, upgrade_listener& listener) {
    const auto run = runs_.size();
    // The caller keeps the listener.
    auto to = launch(system_, std::move(setup), {std::shared_ptr<void>{}, &listener},
                     [ends = endings_, run](engine::upgrade_report report) {
                       ends->tell(run, std::move(report));
                     });
    const std::lock_guard guard(mutex_);
    runs_.push_back({std::move(to), false, {}, {}});
    return run;
  }

  void begin(std::size_t run) {
    {
      const std::lock_guard guard(mutex_);
      auto& x = runs_[run];
      x.begun = true;
      begin_upgrade begin;
      for (auto& word : x.early)
        begin = {true, std::move(word.by), begin.now || word.now};
      x.early.clear();
      caf::anon_send(x.coordinator, std::move(begin));
    }
    ++left_;
    if (!virtual_clock_)
      send_orders();
  }

  std::optional<ended> wait() {
    if (left_ == 0)
      return std::nullopt;
    if (virtual_clock_)
      run_virtual();
    --left_;
    return endings_->next();
  }

  [[nodiscard]] engine::duration elapsed() {
    return std::chrono::duration_cast<engine::duration>(system_.clock().now()
                                                        - begun_at_);
  }

  void cancel(std::size_t run, cancel_upgrade message) {
    const std::lock_guard guard(mutex_);
    auto& x = runs_[run];
    if (!x.begun) {
      x.early.push_back(std::move(message));
      ordered_.notify_one();
    } else {
      order(run, std::move(message));
    }
  }

  /// Of one that has not begun it waits: a journal is read first.
  template <class Message>
  void tell(std::size_t run, Message message) {
    const std::lock_guard guard(mutex_);
    order(run, std::move(message));
  }

  /// Unlike `tell` it need not wait for the beginning.
  void remove(std::size_t run, engine::instance_index i) {
    const std::lock_guard guard(mutex_);
    if (virtual_clock_)
      order(run, protocol::delete_instance{i});
    else
      caf::anon_send(runs_[run].coordinator, protocol::delete_instance{i});
  }

  template <class Message>
  void at(std::size_t run, engine::duration after, Message message) {
    caf::delayed_anon_send(runs_[run].coordinator, after, std::move(message));
  }

private:
  struct one {
    coordinator_actor coordinator;
    bool begun = false;
    std::vector<cancel_upgrade> early;             // before it began
    std::vector<std::function<void(one&)>> orders; // to be sent
  };

  /// A virtual clock's own thread sends it.
  template <class Message>
  void order(std::size_t run, Message message) {
    auto& x = runs_[run];
    if (x.begun && !virtual_clock_) {
      caf::anon_send(x.coordinator, std::move(message));
      return;
    }
    x.orders.emplace_back(
      [m = std::move(message)](one& to) { caf::anon_send(to.coordinator, m); });
    ordered_.notify_one();
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }

  /// Runs every actor that is ready, and whom that makes ready.
  void drain() {
    auto& jobs = scheduler().jobs;
    while (!jobs.empty()) {
      if (interleaving_seed_ && jobs.size() > 1)
        std::swap(jobs.front(), jobs[random_() % jobs.size()]);
      scheduler().run_once();
    }
  }

  void run_virtual() {
    while (!endings_->any()) {
      drain();
      send_orders();
      if (!scheduler().has_job() && !endings_->any() && !scheduler().trigger_timeout())
        wait_for_orders();
    }
  }

  [[nodiscard]] bool has_orders() const {
    for (const auto& x : runs_)
      if (x.begun && !x.orders.empty())
        return true;
    return false;
  }

  /// A driver that never answers, and no timer: only a word from outside helps.
  void wait_for_orders() {
    std::unique_lock guard(mutex_);
    ordered_.wait(guard, [this] { return has_orders(); });
  }

  void send_orders() {
    const std::lock_guard guard(mutex_);
    for (auto& x : runs_) {
      if (!x.begun)
        continue;
      for (const auto& send : std::exchange(x.orders, {}))
        send(x);
    }
  }

  const bool virtual_clock_;
  const std::optional<std::uint64_t> interleaving_seed_;
  config config_;
  caf::actor_system system_;
  caf::actor_clock::time_point begun_at_;
  std::shared_ptr<endings> endings_ = std::make_shared<endings>();
  std::mt19937_64 random_;
  std::mutex mutex_;
  std::condition_variable ordered_;
  std::deque<one> runs_;
  std::size_t left_ = 0; // begun, and their end is not told yet
};

joint_runs::joint_runs(const clock& on) : impl_(std::make_unique<impl>(on)) {}

joint_runs::~joint_runs() = default;

std::size_t joint_runs::add(run_setup setup, upgrade_listener& listener) {
  return impl_->add(std::move(setup), listener);
}

void joint_runs::begin(std::size_t run) {
  impl_->begin(run);
}

std::optional<joint_runs::ended> joint_runs::wait() {
  return impl_->wait();
}

engine::duration joint_runs::elapsed() const {
  return impl_->elapsed();
}

void joint_runs::cancel(std::size_t run, std::string by, bool now) {
  impl_->cancel(run, cancel_upgrade{std::move(by), now});
}

void joint_runs::approve(std::size_t run, approval word) {
  impl_->tell(run, to_message(std::move(word)));
}

void joint_runs::delete_instance(std::size_t run, engine::instance_index instance) {
  impl_->remove(run, instance);
}

void joint_runs::stop_keeping(std::size_t run) {
  impl_->tell(run, protocol::stop_keeping{});
}

void joint_runs::steer_repairs(std::size_t run, std::string by, bool go_on) {
  impl_->tell(run, protocol::steer_repairs{std::move(by), go_on});
}

void joint_runs::cancel_at(std::size_t run, std::string by, bool now,
                           engine::duration after) {
  impl_->at(run, after, cancel_upgrade{std::move(by), now});
}

void joint_runs::approve_at(std::size_t run, approval word, engine::duration after) {
  impl_->at(run, after, to_message(std::move(word)));
}

void joint_runs::delete_instance_at(std::size_t run, engine::instance_index instance,
                                    engine::duration after) {
  impl_->at(run, after, protocol::delete_instance{instance});
}

void joint_runs::stop_keeping_at(std::size_t run, engine::duration after) {
  impl_->at(run, after, protocol::stop_keeping{});
}

void joint_runs::steer_repairs_at(std::size_t run, std::string by, bool go_on,
                                  engine::duration after) {
  impl_->at(run, after, protocol::steer_repairs{std::move(by), go_on});
}

} // namespace drydock::inline v1::actors
