// SPDX-License-Identifier: Apache-2.0
#include "drydock/actors/upgrade_run.hpp"

#include "coordinator.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <condition_variable>
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
    // The stealing scheduler walks its queues under a lock and does not scale
    // with many ready actors.
    set("scheduler.policy", caf::atom("sharing"));
    const auto cores = std::max<std::size_t>(1, std::thread::hardware_concurrency());
    set("scheduler.max-threads", setup.threads > 0 ? setup.threads : cores);
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

  /// A coordinator that ends without a word, because a listener threw, say.
  void tell_loss(const caf::error& reason) {
    const std::lock_guard guard(mutex);
    if (report)
      return;
    report.emplace();
    report->status = engine::upgrade_status::faulted;
    report->error.code = "InternalExecutionError";
    report->error.message =
      "the coordinator ended by itself (" + caf::to_string(reason) + ")";
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
    : config_(setup), system_(config_), context_(std::make_shared<run_context>()) {
    context_->setup = std::move(setup);
    context_->listener = &listener;
    context_->on_finish = [end = ending_](engine::upgrade_report report) {
      end->tell(std::move(report));
    };
    coordinator_ = system_.spawn(coordinator, context_ptr{context_});
    caf::actor_cast<caf::abstract_actor*>(coordinator_)
      ->attach_functor(
        [end = ending_](const caf::error& reason) { end->tell_loss(reason); });
  }

  ~impl() {
    // An upgrade that never ran, or was left in the middle.
    caf::anon_send_exit(coordinator_, caf::exit_reason::user_shutdown);
    coordinator_ = nullptr;
    // Nobody but us runs the actors of a virtual clock, their exits included.
    if (context_->setup.virtual_clock)
      drain();
  }

  engine::upgrade_report run() {
    {
      const std::lock_guard guard(mutex_);
      begun_ = true;
      begin_upgrade begin;
      if (!early_.empty())
        begin = {true, early_.back().by, early_.back().now};
      early_.clear();
      caf::anon_send(coordinator_, std::move(begin));
    }
    if (context_->setup.virtual_clock)
      run_virtual();
    return ending_->wait();
  }

  void cancel(cancel_upgrade message) {
    const std::lock_guard guard(mutex_);
    if (!begun_ || context_->setup.virtual_clock)
      early_.push_back(std::move(message)); // the clock's own thread sends it
    else
      caf::anon_send(coordinator_, std::move(message));
  }

  void remove(engine::instance_index i) {
    caf::anon_send(coordinator_, protocol::delete_instance{i});
  }

  template <class Message>
  void at(engine::duration after, Message message) {
    caf::delayed_anon_send(coordinator_, after, std::move(message));
  }

private:
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }

  /// Runs every actor that is ready, and whom that makes ready.
  void drain() {
    auto& jobs = scheduler().jobs;
    while (!jobs.empty()) {
      if (context_->setup.interleaving_seed && jobs.size() > 1)
        std::swap(jobs.front(), jobs[random_() % jobs.size()]);
      scheduler().run_once();
    }
  }

  void run_virtual() {
    random_.seed(context_->setup.interleaving_seed.value_or(0));
    while (!ending_->is_told()) {
      drain();
      send_early();
      if (!scheduler().has_job() && !ending_->is_told())
        scheduler().trigger_timeout();
    }
  }

  void send_early() {
    const std::lock_guard guard(mutex_);
    for (auto& message : early_)
      caf::anon_send(coordinator_, std::move(message));
    early_.clear();
  }

  config config_;
  caf::actor_system system_;
  std::shared_ptr<ending> ending_ = std::make_shared<ending>();
  std::shared_ptr<run_context> context_;
  coordinator_actor coordinator_;
  std::mt19937_64 random_;
  std::mutex mutex_;
  bool begun_ = false;
  std::vector<cancel_upgrade> early_;
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
