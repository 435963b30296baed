// SPDX-License-Identifier: Apache-2.0
#include "drydock/actors/runtime.hpp"

#include "drydock/actors/launch.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include <future>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace drydock::inline v1::actors {

using namespace protocol;

namespace {

class config : public caf::actor_system_config {
public:
  explicit config(std::size_t threads) {
    add_message_types<caf::id_block::drydock>();
    set_scheduler(*this, threads);
    set_log_off(*this);
  }
};

class caf_run : public runtime::run {
public:
  explicit caf_run(coordinator_actor to) : to_(std::move(to)) {}

  void begin() override { caf::anon_send(to_, begin_upgrade{}); }
  void begin_cancelled(std::string by, bool now) override {
    caf::anon_send(to_, begin_upgrade{true, std::move(by), now});
  }
  void cancel(std::string by, bool now) override {
    caf::anon_send(to_, cancel_upgrade{std::move(by), now});
  }
  void approve(approval word) override {
    caf::anon_send(to_, approve_upgrade{std::move(word.by), word.approved,
                                        std::move(word.message), word.question});
  }
  void delete_instance(engine::instance_index instance) override {
    caf::anon_send(to_, protocol::delete_instance{instance});
  }

private:
  coordinator_actor to_;
};

/// Does `work` on a thread of its own, and waits for it. A thread that makes a system
/// of CAF's, or an actor in one, has a reference to the system's log from then on, and
/// the system's destructor waits until no thread has one. Threads of a program's may
/// stay longer than its engine; and the first one has lost all that is its own when the
/// engines that are globals are destroyed, so that CAF would let go of it twice.
template <class Work>
auto apart(Work work) {
  return std::async(std::launch::async, std::move(work)).get();
}

} // namespace

class runtime::impl {
public:
  explicit impl(std::size_t threads) : config_(threads) {
    apart([this] { system_.emplace(config_); });
  }

  ~impl() {
    for (const auto& to : coordinators_)
      if (const auto alive = caf::actor_cast<coordinator_actor>(to))
        caf::anon_send_exit(alive, caf::exit_reason::user_shutdown);
    coordinators_.clear();
    // The system waits for the end of every actor.
    const auto end = [this] { system_.reset(); };
    try {
      apart(end);
    } catch (...) { // there is no thread to be had
      end();
    }
  }

  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  std::unique_ptr<run> make(run_setup setup, std::shared_ptr<upgrade_listener> listener,
                            std::function<void(engine::upgrade_report)> on_end) {
    auto to = apart([&] {
      return launch(*system_, std::move(setup), std::move(listener), std::move(on_end));
    });
    const std::lock_guard guard(mutex_);
    std::erase_if(coordinators_, [](const auto& x) {
      return caf::actor_cast<coordinator_actor>(x) == nullptr;
    });
    coordinators_.push_back(caf::actor_cast<caf::weak_actor_ptr>(to));
    return std::make_unique<caf_run>(std::move(to));
  }

private:
  config config_;
  std::optional<caf::actor_system> system_;
  std::mutex mutex_;
  std::vector<caf::weak_actor_ptr> coordinators_;
};

runtime::runtime(std::size_t threads) : impl_(std::make_unique<impl>(threads)) {}

runtime::~runtime() = default;

std::unique_ptr<runtime::run>
runtime::make(run_setup setup, std::shared_ptr<upgrade_listener> listener,
              std::function<void(engine::upgrade_report)> on_end) {
  return impl_->make(std::move(setup), std::move(listener), std::move(on_end));
}

} // namespace drydock::inline v1::actors
