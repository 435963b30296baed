// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace drydock::testing {

void scripted_driver::note(std::string what) {
  const std::lock_guard guard(mutex_);
  calls_.push_back(std::move(what));
}

std::vector<std::string> scripted_driver::calls() {
  const std::lock_guard guard(mutex_);
  return calls_;
}

void scripted_driver::upgrade(const instance& target, const action& what,
                              completion done) {
  ++upgrades;
  note((what.rollback ? "rollback " : "upgrade ") + std::string(target.id()));
  on_upgrade_(target, what, std::move(done));
}

void scripted_driver::before_instance(const instance& target, const action& what,
                                      completion done) {
  note("before " + std::string(target.id()));
  if (on_before)
    on_before(target, what, std::move(done));
  else
    driver::before_instance(target, what, std::move(done));
}

void scripted_driver::after_instance(const instance& target, const action& what,
                                     completion done) {
  note("after " + std::string(target.id()));
  if (on_after)
    on_after(target, what, std::move(done));
  else
    driver::after_instance(target, what, std::move(done));
}

void scripted_driver::inspect(const instance& target, inspection done) {
  if (on_inspect)
    on_inspect(target, std::move(done));
  else
    driver::inspect(target, std::move(done));
}

void scripted_driver::inspect_action(const instance& target, const action& what,
                                     action_inspection done) {
  note("inspect action " + std::string(target.id()));
  if (on_inspect_action)
    on_inspect_action(target, what, std::move(done));
  else
    driver::inspect_action(target, what, std::move(done));
}

void scripted_driver::kill(const instance& target) {
  ++kills;
  if (on_kill)
    on_kill(target);
}

std::shared_ptr<prober> healthy_prober() {
  return std::make_shared<scripted_prober>(
    [](const instance&, probe_completion done) { done.answer(health_state::healthy); });
}

void succeed(const instance&, const action&, completion done) {
  done.succeed();
}

scale_set_options make_set(std::uint32_t count, std::shared_ptr<driver> by,
                           std::string name) {
  scale_set_options set;
  set.name = std::move(name);
  for (std::uint32_t i = 0; i < count; ++i)
    set.instances.add({.id = "i-" + std::to_string(i)});
  set.model.set("settings.app", 1);
  set.policy.mode = upgrade_mode::rolling;
  set.health.interval = 20ms;
  set.prober = healthy_prober();
  set.driver = std::move(by);
  set.retry.max_attempts = 1;
  return set;
}

change to_version(int version) {
  change x;
  x.patch.set("settings.app", version);
  return x;
}

log_handler log_lines::handler() {
  return [this](log_level level, std::string_view text) {
    const std::lock_guard guard(mutex_);
    lines_.push_back(std::string(to_string(level)) + ": " + std::string(text));
  };
}

std::size_t log_lines::count(std::string_view part) {
  const std::lock_guard guard(mutex_);
  return static_cast<std::size_t>(
    std::count_if(lines_.begin(), lines_.end(), [part](const std::string& line) {
      return line.find(part) != std::string::npos;
    }));
}

scratch_folder::scratch_folder() {
  auto name = (std::filesystem::temp_directory_path() / "drydock-XXXXXX").string();
  path_ = mkdtemp(name.data());
}

scratch_folder::~scratch_folder() {
  std::filesystem::remove_all(path_);
}

bool eventually(const std::function<bool()>& is_so) {
  for (int i = 0; i < 1000; ++i) {
    if (is_so())
      return true;
    std::this_thread::sleep_for(10ms);
  }
  return is_so();
}

} // namespace drydock::testing
