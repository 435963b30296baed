// SPDX-License-Identifier: Apache-2.0
#include "machines.hpp"

#include <chrono>
#include <utility>

using namespace std::chrono_literals;

namespace {

std::int64_t version_in(const drydock::value& model) {
  const auto* version = model.find("settings.version");
  return version == nullptr ? 0 : *version->as_int();
}

} // namespace

void machine_park::add(std::string_view name, std::int64_t version) {
  const std::lock_guard guard(mutex_);
  machines_[std::string(name)].version = version;
}

void machine_park::set_image(std::string_view name, std::int64_t version) {
  const std::lock_guard guard(mutex_);
  auto& one = machines_.find(name)->second;
  one.cut_users_off = one.cut_users_off || one.in_rotation;
  one.version = version;
}

void machine_park::set_in_rotation(std::string_view name, bool yes) {
  const std::lock_guard guard(mutex_);
  machines_.find(name)->second.in_rotation = yes;
}

void machine_park::set_broken(std::string_view name, bool yes) {
  const std::lock_guard guard(mutex_);
  machines_.find(name)->second.broken = yes;
}

std::int64_t machine_park::version(std::string_view name) const {
  const std::lock_guard guard(mutex_);
  return machines_.find(name)->second.version;
}

bool machine_park::serves(std::string_view name) const {
  const std::lock_guard guard(mutex_);
  const auto& one = machines_.find(name)->second;
  return !one.broken && one.version < first_bad_version;
}

bool machine_park::cut_users_off(std::string_view name) const {
  const std::lock_guard guard(mutex_);
  return machines_.find(name)->second.cut_users_off;
}

// An instance may be kept for as long as one likes, a copy costs next to nothing. A
// completion has one owner, so the work takes it along.
void park_driver::upgrade(const drydock::instance& target, const drydock::action& what,
                          drydock::completion done) {
  auto replace = [this, target, what, done = std::move(done)]() mutable {
    // Clouds are out of capacity now and then. Not the machine's fault: drydock tries
    // again, as `scale_set_options::retry` says.
    if (target.index() % 4 == 0 && what.attempt == 1)
      return done.fail_transiently("no capacity for " + std::string(target.id()));
    park_.set_image(target.id(), version_in(what.rollback ? target.previous_model()
                                                          : target.latest_model()));
    done.succeed();
  };
  pool_.post(worker_pool::work(std::move(replace)), 20ms);
}

void park_driver::before_instance(const drydock::instance& target,
                                  const drydock::action&, drydock::completion done) {
  pool_.post(worker_pool::work([this, target, done = std::move(done)]() mutable {
               park_.set_in_rotation(target.id(), false);
               done.succeed();
             }),
             5ms);
}

void park_driver::after_instance(const drydock::instance& target,
                                 const drydock::action&, drydock::completion done) {
  pool_.post(worker_pool::work([this, target, done = std::move(done)]() mutable {
    park_.set_in_rotation(target.id(), true);
    done.succeed();
  }));
}

void park_driver::inspect(const drydock::instance& target, drydock::inspection done) {
  pool_.post(worker_pool::work([this, target, done = std::move(done)]() mutable {
    const auto wanted = version_in(target.latest_model());
    done.runs_latest_model(park_.version(target.id()) == wanted);
  }));
}

void park_prober::probe(const drydock::instance& target,
                        drydock::probe_completion done) {
  pool_.post(worker_pool::work([this, target, done = std::move(done)]() mutable {
               done.answer(park_.serves(target.id())
                             ? drydock::health_state::healthy
                             : drydock::health_state::unhealthy);
             }),
             1ms);
}
