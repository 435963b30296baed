// SPDX-License-Identifier: Apache-2.0
#include "kept.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

namespace drydock::testing {

std::int64_t version_in(const value& model) {
  return *model.find("settings.app")->as_int();
}

void machine_world::act(const instance& target, const action& what) {
  const std::lock_guard guard(mutex_);
  const std::string id(target.id());
  versions_[id] =
    version_in(what.rollback ? target.previous_model() : target.latest_model());
  ++acts_[id];
}

std::int64_t machine_world::version(std::string_view id) {
  const std::lock_guard guard(mutex_);
  const auto at = versions_.find(id);
  return at == versions_.end() ? 1 : at->second;
}

int machine_world::acted_on(std::string_view id) {
  const std::lock_guard guard(mutex_);
  const auto at = acts_.find(id);
  return at == acts_.end() ? 0 : at->second;
}

std::size_t machine_world::count(std::int64_t version) {
  const std::lock_guard guard(mutex_);
  return static_cast<std::size_t>(
    std::count_if(versions_.begin(), versions_.end(),
                  [=](const auto& one) { return one.second == version; }));
}

world_driver::world_driver(machine_world& world, int holds_from)
  : scripted_driver([this](const instance& target, const action& what,
                           completion done) { handle(target, what, std::move(done)); }),
    world_(world), holds_from_(holds_from) {}

void world_driver::handle(const instance& target, const action& what, completion done) {
  const auto holds = ++begun_ > holds_from_;
  if (!holds || acts_while_held)
    world_.act(target, what);
  if (!holds)
    return done.succeed();
  const std::lock_guard guard(mutex_);
  held_.push_back(std::move(done));
}

std::size_t world_driver::held() {
  const std::lock_guard guard(mutex_);
  return held_.size();
}

std::vector<completion> world_driver::take_held() {
  const std::lock_guard guard(mutex_);
  return std::exchange(held_, {});
}

scale_set_options make_kept_set(std::shared_ptr<driver> by) {
  auto set = make_set(10, std::move(by));
  set.retry.timeout = 0s;
  return set;
}

kept_engine::kept_engine(const store_options& store, std::shared_ptr<driver> by,
                         clock_kind clock, log_handler log) {
  engine_options how;
  how.threads = 2;
  how.clock = clock;
  how.store = store;
  how.log = std::move(log);
  engine.emplace(std::move(how));
  added = engine->add(make_kept_set(std::move(by)));
}

kept_engine::kept_engine(const store_options& store, scale_set_options options,
                         clock_kind clock) {
  engine_options how;
  how.threads = 2;
  how.clock = clock;
  how.store = store;
  engine.emplace(std::move(how));
  added = engine->add(std::move(options));
}

std::string leave_unfinished(const store_options& store, machine_world& world, int done,
                             bool acts_while_held) {
  const auto by = std::make_shared<world_driver>(world, done);
  by->acts_while_held = acts_while_held;
  kept_engine first(store, by);
  REQUIRE(*first.added);
  const auto run = first.set().start_upgrade(to_version(2));
  REQUIRE(run);
  REQUIRE(eventually([&] { return by->held() == 2; }));
  auto held = by->take_held();
  first.engine.reset();
  return run->id();
}

} // namespace drydock::testing
