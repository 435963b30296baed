// SPDX-License-Identifier: Apache-2.0
#include "drydock/rehearsal/rehearse.hpp"

#include "drydock/drivers/attendants.hpp"
#include "drydock/drivers/simulated.hpp"
#include "gatherer.hpp"
#include "observer.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace drydock::inline v1::rehearsal {

using namespace engine;

namespace {

/// Runs end early only after a multiple of so many, lest chance picks the moment.
constexpr std::uint32_t precision_step = 50;

constexpr std::uint64_t seed_mask = (std::uint64_t{1} << 53) - 1;

std::shared_ptr<drivers::simulated_fleet> make_world(const scenario& what,
                                                     std::uint64_t seed) {
  auto world = what.spec.world;
  world.seed = seed;
  return std::make_shared<drivers::simulated_fleet>(std::move(world), what.health,
                                                    *what.instances);
}

/// Ends a run as soon as the rehearsal is to stop: it may have a long way to go.
class stop_listener : public actors::upgrade_listener {
public:
  stop_listener(actors::upgrade_listener& to, const std::atomic<bool>* stop)
    : to_(to), stop_(stop) {}

  void watch(actors::upgrade_run& run) { run_ = &run; }

  void on_event(const upgrade_event& event, duration since_start) override {
    to_.on_event(event, since_start);
    if (stop_ != nullptr && !pressed_ && stop_->load()) {
      pressed_ = true;
      run_->cancel("the end of the rehearsal", true);
    }
  }

  void on_pause(const upgrade_progress& progress) override { to_.on_pause(progress); }

private:
  actors::upgrade_listener& to_;
  const std::atomic<bool>* stop_;
  actors::upgrade_run* run_ = nullptr;
  bool pressed_ = false;
};

upgrade_report run_in(std::shared_ptr<drivers::simulated_fleet> world,
                      const scenario& what, std::uint64_t seed,
                      actors::upgrade_listener& listener,
                      const std::atomic<bool>* stop = nullptr) {
  actors::run_setup setup;
  setup.instances = what.instances;
  setup.rollout = what.rollout;
  setup.lifecycle = what.lifecycle;
  setup.lifecycle.jitter_seed = seed;
  setup.lifecycle.retry.timeout = what.spec.world.timeout;
  setup.lifecycle.has_before_hook = world->has_hook(step_kind::before_instance);
  setup.lifecycle.has_after_hook = world->has_hook(step_kind::after_instance);
  setup.health = what.health;
  auto surroundings = what.spec.world;
  surroundings.seed = seed;
  setup.rollout.hooks = hooks_of(surroundings.around);
  setup.attendant =
    drivers::make_simulated_attendant(surroundings, what.rollout.guards, true);
  setup.virtual_clock = true;
  if (what.health.kind != health_kind::none)
    setup.prober = world;
  setup.driver = std::move(world);
  stop_listener stopping(listener, stop);
  actors::upgrade_run run(std::move(setup), stopping);
  stopping.watch(run);
  run.cancel_at("the rehearsal's time limit", true,
                what.spec.time_limit > duration{0} ? what.spec.time_limit
                                                   : std::chrono::hours(7 * 24));
  return run.run();
}

run_facts run_once(const scenario& what, std::uint64_t seed,
                   const std::atomic<bool>* stop) {
  auto world = make_world(what, seed);
  run_observer observer(*what.instances, what.health.kind != health_kind::none);
  const auto bad_image = world->image_is_bad();
  auto facts = observer.finish(run_in(std::move(world), what, seed, observer, stop));
  facts.seed = seed;
  facts.bad_image = bad_image;
  return facts;
}

/// The runs of one rehearsal on several threads. Results are added in the order
/// of runs, so that what comes out does not depend on the threads.
class crew {
public:
  crew(const scenario& what, const options& how)
    : what_(what), how_(how),
      gathered_(static_cast<std::uint32_t>(what.instances->size()),
                what.spec.world.image.probability > 0) {}

  gatherer work() {
    const auto cores = std::max(1U, std::thread::hardware_concurrency());
    const auto jobs =
      std::min(how_.jobs > 0 ? how_.jobs : cores, std::max(how_.runs, 1U));
    {
      std::vector<std::jthread> others;
      for (unsigned i = 1; i < jobs; ++i)
        others.emplace_back([this] { take_turns(); });
      take_turns();
    }
    if (failure_)
      std::rethrow_exception(failure_);
    return std::move(gathered_);
  }

private:
  void take_turns() {
    try {
      while (const auto run = next())
        add(*run, run_once(what_, seed_of(how_.seed, *run), how_.stop));
    } catch (...) {
      const std::lock_guard guard(mutex_);
      failure_ = std::current_exception();
      over_ = true;
    }
  }

  std::optional<std::uint32_t> next() {
    const std::lock_guard guard(mutex_);
    over_ = over_ || is_stopped();
    if (over_ || begun_ >= how_.runs)
      return std::nullopt;
    return ++begun_;
  }

  void add(std::uint32_t run, run_facts facts) {
    std::uint32_t done = 0;
    {
      const std::lock_guard guard(mutex_);
      if (is_stopped())
        return; // it may have been cut short
      waiting_.emplace(run, std::move(facts));
      while (!precise_ && !waiting_.empty()
             && waiting_.begin()->first == gathered_.runs() + 1) {
        gathered_.add(waiting_.begin()->second);
        waiting_.erase(waiting_.begin());
        look_at_precision();
      }
      done = gathered_.runs();
    }
    if (how_.on_progress)
      how_.on_progress(done);
  }

  [[nodiscard]] bool is_stopped() const {
    return how_.stop != nullptr && how_.stop->load();
  }

  void look_at_precision() {
    precise_ = how_.until_precision > 0 && gathered_.runs() % precision_step == 0
               && gathered_.is_precise(how_.until_precision);
    over_ = over_ || precise_;
  }

  const scenario& what_;
  const options& how_;
  std::mutex mutex_;
  gatherer gathered_;
  std::map<std::uint32_t, run_facts> waiting_; // for one with a lower number
  std::uint32_t begun_ = 0;
  bool over_ = false;
  bool precise_ = false;
  std::exception_ptr failure_;
};

} // namespace

std::uint64_t seed_of(std::uint64_t seed, std::uint32_t run) {
  if (run <= 1)
    return seed;
  // SplitMix64 at its `run`-th step: neighbours have nothing in common.
  auto x = seed + std::uint64_t{run} * 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return (x ^ (x >> 31)) & seed_mask;
}

upgrade_report replay(const scenario& what, std::uint64_t seed,
                      actors::upgrade_listener& listener) {
  return run_in(make_world(what, seed), what, seed, listener);
}

report rehearse(const scenario& what, const options& how) {
  const auto gathered = crew(what, how).work();
  auto result = gathered.finish();
  result.seed = how.seed;
  if (result.runs > 0 && (how.stop == nullptr || !how.stop->load()))
    result.median_batches = run_once(what, result.median.seed, how.stop).batches;
  return result;
}

} // namespace drydock::inline v1::rehearsal
