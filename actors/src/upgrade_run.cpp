// SPDX-License-Identifier: Apache-2.0
#include "drydock/actors/upgrade_run.hpp"

#include "drydock/actors/launch.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <random>
#include <thread>

namespace drydock::inline v1::actors {

using namespace protocol;

namespace {

class config : public caf::actor_system_config {
public:
  explicit config(const run_setup& setup) {
    add_message_types<caf::id_block::drydock>();
    if (setup.virtual_clock) {
      set("scheduler.policy", caf::atom("testing"));
      return;
    }
    set_scheduler(*this, setup.threads);
    set_log_off(*this);
  }
};

/// Where the end of an upgrade is told. The coordinator may outlive the run that
/// waits for it by a moment, so that both keep it.
struct ending {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<engine::upgrade_report> report;

  void tell(engine::upgrade_report x) {
    const std::lock_guard guard(mutex);
    report = std::move(x);
    changed.notify_all();
  }

  bool is_told() {
    const std::lock_guard guard(mutex);
    return report.has_value();
  }

  engine::upgrade_report wait() {
    std::unique_lock guard(mutex);
    changed.wait(guard, [this] { return report.has_value(); });
    return *report;
  }
};

} // namespace

class upgrade_run::impl {
public:
  impl(run_setup setup, upgrade_listener& listener)
    : virtual_clock_(setup.virtual_clock), interleaving_seed_(setup.interleaving_seed),
      config_(setup), system_(config_) {
    if (virtual_clock_)
      scheduler().advance_time(setup.clock_start);
    // The caller keeps the listener.
    coordinator_ = launch(
      system_, std::move(setup), {std::shared_ptr<void>{}, &listener},
      [end = ending_](engine::upgrade_report report) { end->tell(std::move(report)); });
  }

  ~impl() {
    // An upgrade that never ran, or was left in the middle.
    caf::anon_send_exit(coordinator_, caf::exit_reason::user_shutdown);
    coordinator_ = nullptr;
    // Nobody but us runs the actors of a virtual clock, their exits included.
    if (virtual_clock_)
      drain();
  }

  engine::upgrade_report run() {
    {
      const std::lock_guard guard(mutex_);
      begun_ = true;
      begin_upgrade begin;
      for (auto& word : early_)
        begin = {true, std::move(word.by), begin.now || word.now};
      early_.clear();
      caf::anon_send(coordinator_, std::move(begin));
    }
    if (virtual_clock_)
      run_virtual();
    else
      send_early();
    return ending_->wait();
  }

  void cancel(cancel_upgrade message) {
    const std::lock_guard guard(mutex_);
    if (!begun_ || virtual_clock_)
      order(early_, std::move(message)); // the clock's own thread sends it
    else
      caf::anon_send(coordinator_, std::move(message));
  }

  void remove(engine::instance_index i) {
    const std::lock_guard guard(mutex_);
    if (virtual_clock_)
      order(deleted_, i);
    else
      caf::anon_send(coordinator_, protocol::delete_instance{i});
  }

  /// A word that means something once the upgrade has begun.
  template <class Message>
  void say(Message message) {
    const std::lock_guard guard(mutex_);
    if (!begun_ || virtual_clock_) // a journal is read first
      order(words_, [this, message = std::move(message)] {
        caf::anon_send(coordinator_, message);
      });
    else
      caf::anon_send(coordinator_, std::move(message));
  }

  template <class Message>
  void at(engine::duration after, Message message) {
    caf::delayed_anon_send(coordinator_, after, std::move(message));
  }

private:
  template <class List, class Order>
  void order(List& list, Order&& what) {
    list.push_back(std::forward<Order>(what));
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
    random_.seed(interleaving_seed_.value_or(0));
    while (!ending_->is_told()) {
      drain();
      send_early();
      if (!scheduler().has_job() && !ending_->is_told()
          && !scheduler().trigger_timeout())
        wait_for_orders();
    }
  }

  /// A driver that never answers, and no timer: only a word from outside helps.
  void wait_for_orders() {
    std::unique_lock guard(mutex_);
    ordered_.wait(guard, [this] {
      return !early_.empty() || !deleted_.empty() || !words_.empty();
    });
  }

  void send_early() {
    const std::lock_guard guard(mutex_);
    for (auto& message : early_)
      caf::anon_send(coordinator_, std::move(message));
    early_.clear();
    for (const auto i : deleted_)
      caf::anon_send(coordinator_, protocol::delete_instance{i});
    deleted_.clear();
    for (const auto& word : words_)
      word();
    words_.clear();
  }

  const bool virtual_clock_;
  const std::optional<std::uint64_t> interleaving_seed_;
  config config_;
  caf::actor_system system_;
  std::shared_ptr<ending> ending_ = std::make_shared<ending>();
  coordinator_actor coordinator_;
  std::mt19937_64 random_;
  std::mutex mutex_;
  std::condition_variable ordered_;
  bool begun_ = false;
  std::vector<cancel_upgrade> early_;
  std::vector<engine::instance_index> deleted_;
  std::vector<std::function<void()>> words_;
};

upgrade_run::upgrade_run(run_setup setup, upgrade_listener& listener)
  : impl_(std::make_unique<impl>(std::move(setup), listener)) {}

upgrade_run::~upgrade_run() = default;

engine::upgrade_report upgrade_run::run() {
  return impl_->run();
}

void upgrade_run::cancel(std::string by, bool now) {
  impl_->cancel(cancel_upgrade{std::move(by), now});
}

namespace {

approve_upgrade to_message(approval word) {
  return {std::move(word.by), word.approved, std::move(word.message), word.question};
}

} // namespace

void upgrade_run::approve(approval word) {
  impl_->say(to_message(std::move(word)));
}

void upgrade_run::approve_at(approval word, engine::duration after) {
  impl_->at(after, to_message(std::move(word)));
}

void upgrade_run::stop_keeping() {
  impl_->say(protocol::stop_keeping{});
}

void upgrade_run::suspend_repairs(std::string by) {
  impl_->say(steer_repairs{std::move(by), false});
}

void upgrade_run::resume_repairs(std::string by) {
  impl_->say(steer_repairs{std::move(by), true});
}

void upgrade_run::stop_keeping_at(engine::duration after) {
  impl_->at(after, protocol::stop_keeping{});
}

void upgrade_run::suspend_repairs_at(std::string by, engine::duration after) {
  impl_->at(after, steer_repairs{std::move(by), false});
}

void upgrade_run::resume_repairs_at(std::string by, engine::duration after) {
  impl_->at(after, steer_repairs{std::move(by), true});
}

void upgrade_run::delete_instance(engine::instance_index instance) {
  impl_->remove(instance);
}

void upgrade_run::delete_instance_at(engine::instance_index instance,
                                     engine::duration after) {
  impl_->at(after, protocol::delete_instance{instance});
}

void upgrade_run::cancel_at(std::string by, bool now, engine::duration after) {
  impl_->at(after, cancel_upgrade{std::move(by), now});
}

} // namespace drydock::inline v1::actors
