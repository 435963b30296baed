// SPDX-License-Identifier: Apache-2.0
// Twelve threads get a new version, two at a time.
#include <drydock/drydock.hpp>

#include <atomic>
#include <iostream>
#include <thread>

struct worker {
  std::atomic<std::int64_t> version{0}; // that serves now; 0: none
  std::jthread serving, replacing;

  worker() { serve(1); }

  void serve(std::int64_t x) {
    version = 0;
    serving = std::jthread([](const std::stop_token& stop) {
      while (!stop.stop_requested())
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
    version = x;
  }
};

struct thread_fleet : drydock::driver, drydock::prober {
  std::vector<worker> workers{12};

  // A call must return soon, so the work has a thread, and the thread answers. The
  // engine never calls twice at once for one instance: nothing needs a lock.
  void upgrade(const drydock::instance& target, const drydock::action&,
               drydock::completion done) override {
    auto& one = workers[target.index()];
    one.replacing = std::jthread([&one, target, done = std::move(done)]() mutable {
      one.serve(*target.latest_model().find("settings.version")->as_int());
      done.succeed();
    });
  }
  void probe(const drydock::instance& target, drydock::probe_completion done) override {
    using enum drydock::health_state;
    done.answer(workers[target.index()].version > 0 ? healthy : unhealthy);
  }
};

int main() {
  const auto threads = std::make_shared<thread_fleet>();
  drydock::scale_set_options set;
  set.name = "threads";
  set.policy.mode = drydock::upgrade_mode::rolling; // 20 % of the instances at a time
  set.driver = threads;
  set.prober = threads;
  for (int i = 1; i <= 12; ++i)
    set.instances.add({.id = "thread-" + std::to_string(i)});

  drydock::change to_2;
  to_2.patch.set("settings.version", 2);
  drydock::upgrade_engine engine;
  const auto upgrade = engine.add(std::move(set))->start_upgrade(to_2);
  const auto all = upgrade->wait().progress.successful;
  std::cout << all << " of 12 threads upgraded, at most "
            << upgrade->status().max_unavailable_instances << " away at a time\n";
  return all == 12 && threads->workers.back().version == 2 ? 0 : 1;
}
