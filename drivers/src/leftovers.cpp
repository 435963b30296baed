// SPDX-License-Identifier: Apache-2.0
#include "leftovers.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace drydock::drivers {

namespace {

using std::chrono::steady_clock;

/// Nobody tells of the ends of others' children.
constexpr auto look_interval = std::chrono::milliseconds(100);

/// As for commands of this process that time out.
constexpr auto kill_after = std::chrono::seconds(10);
constexpr auto give_up_time = std::chrono::seconds(5);

} // namespace

leftovers::leftovers(uv_loop_t* loop, std::string directory, engine::duration timeout)
  : loop_(loop), directory_(std::move(directory)), timeout_(timeout) {}

void leftovers::load() {
  const auto directory = std::exchange(directory_, std::nullopt);
  if (!directory || directory->empty())
    return;
  for (auto& x : running_record::find_running(*directory)) {
    auto& to = entries_[x.instance];
    if (to == nullptr)
      to = std::make_unique<entry>(loop_);
    to->commands.push_back({std::move(x)});
  }
}

leftovers::wait_id leftovers::await(const std::string& instance, on_end ended) {
  load();
  const auto at = entries_.find(instance);
  if (at == entries_.end()) {
    ended({});
    return 0;
  }
  at->second->waiting.emplace(++last_, std::move(ended));
  at->second->timer.start(engine::duration{0}, [this, instance] { look(instance); });
  return last_;
}

leftovers::entries::iterator leftovers::find(wait_id id) {
  return std::find_if(entries_.begin(), entries_.end(),
                      [id](const auto& x) { return x.second->waiting.contains(id); });
}

void leftovers::forget(wait_id id) {
  const auto at = find(id);
  if (at == entries_.end())
    return;
  at->second->waiting.erase(id);
  if (at->second->waiting.empty())
    at->second->timer.stop();
}

void leftovers::kill(wait_id id) {
  const auto at = find(id);
  if (at == entries_.end())
    return;
  for (auto& x : at->second->commands)
    send_kill(x);
  at->second->timer.start(engine::duration{0},
                          [this, name = at->first] { look(name); });
}

void leftovers::send_kill(command& x) const {
  // It leads a group of its own, which outlives it while it has members.
  ::kill(-x.record.process.pid, SIGKILL);
  x.state = phase::killed;
  x.until = steady_clock::now() + give_up_time;
}

void leftovers::look_at(command& x) const {
  const auto now = steady_clock::now();
  switch (x.state) {
  case phase::running:
    if (timeout_ <= engine::duration{0}
        || seconds_since_start(x.record.process) < engine::to_seconds(timeout_))
      return;
    ::kill(-x.record.process.pid, SIGTERM);
    x.state = phase::asked_to_end;
    x.until = now + kill_after;
    return;
  case phase::asked_to_end:
    if (now >= x.until)
      send_kill(x);
    return;
  case phase::killed:
    if (now >= x.until)
      x.state = phase::given_up;
    return;
  case phase::given_up:
    return;
  }
}

void leftovers::look(const std::string& instance) {
  const auto at = entries_.find(instance);
  auto& commands = at->second->commands;
  std::erase_if(commands, [](const command& x) {
    // Servers that a command left behind when it ended by itself are nobody's
    // business; a group that was told to end is to be gone.
    const auto ended =
      !x.record.runs()
      && (x.state == phase::running || !has_living_member(x.record.process.pid));
    if (ended)
      running_record::remove(x.record.path);
    return ended;
  });
  for (auto& x : commands)
    look_at(x);
  const auto stuck = std::find_if(commands.begin(), commands.end(), [](const auto& x) {
    return x.state == phase::given_up;
  });
  if (!commands.empty() && stuck == commands.end()) {
    at->second->timer.start(look_interval, [this, instance] { look(instance); });
    return;
  }
  std::string problem;
  if (stuck != commands.end())
    problem = "process " + std::to_string(stuck->record.process.pid)
              + ", which an earlier run began on it, does not end: end it by hand";
  const auto waiting = std::exchange(at->second->waiting, {});
  if (commands.empty())
    entries_.erase(at);
  for (const auto& [id, ended] : waiting)
    ended(problem);
}

} // namespace drydock::drivers
