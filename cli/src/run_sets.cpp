// SPDX-License-Identifier: Apache-2.0
// `drydock run` of a file with several scale sets: docs/interface.md, 3.
#include "drydock/actors/budget_broker.hpp"

#include "past_upgrade.hpp"
#include "run_lock.hpp"
#include "run_session.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iostream>
#include <utility>

namespace drydock::cli {

using namespace engine;

namespace {

/// How bad it is that a set ended so; the worst is the exit status of all.
int badness(exit_status x) {
  constexpr exit_status order[] = {exit_done, exit_some_failed, exit_cancelled,
                                   exit_faulted, exit_died};
  return static_cast<int>(std::find(std::begin(order), std::end(order), x)
                          - std::begin(order));
}

/// How the newest upgrade of a set ended that has none to go on with.
struct earlier_end {
  /// It was to the model that the file wants; else the set has yet to run.
  bool known = false;
  exit_status status = exit_done;
  /// Those that come after it may begin.
  bool completed = false;
  std::string ended;
  std::uint32_t unavailable = 0;
  json summary;
};

/// Nobody follows one that was cancelled, although nothing was left to be done.
bool has_completed(const upgrade_report& x) {
  return x.status == upgrade_status::completed && !x.cancel_was_last_action;
}

exit_status status_of(const past_upgrade& x) {
  // The report of one that was given up as it stood has no end.
  return x.entry.status == to_string(upgrade_status::cancelled)
           ? exit_cancelled
           : static_cast<exit_status>(exit_status_of(x.report));
}

json summary_of(const past_upgrade& x) {
  auto out =
    summary_json(file_of(x.header), x.report,
                 {x.entry.id, to_wall_time(x.entry.started_us), x.max_unavailable});
  out["runningStatus"]["code"] = x.entry.status;
  if (x.report.status == upgrade_status::rolling_forward)
    out.erase("durationSeconds");
  return out;
}

std::variant<earlier_end, complaint> look_back(const config::fleet_file& file) {
  auto opened = open_store(file.store, false);
  if (const auto* failed = std::get_if<store::store_error>(&opened))
    return failed->text;
  const auto& from = std::get<0>(opened);
  auto newest = newest_upgrade(*from, file.name);
  if (const auto* why = std::get_if<complaint>(&newest))
    return *why;
  const auto& entry = std::get<0>(newest);
  if (!entry)
    return earlier_end{};
  const auto read = read_upgrade(*from, *entry, nullptr);
  if (const auto* why = std::get_if<complaint>(&read))
    return *why;
  const auto& past = std::get<past_upgrade>(read);
  return earlier_end{past.header.latest_model == file.request.latest_model,
                     status_of(past),
                     has_completed(past.report),
                     entry->status,
                     past.unavailable,
                     summary_of(past)};
}

class set_runs {
public:
  set_runs(const run_options& options, const fleet_sets& sets)
    : options_(options), sets_(sets), members_(sets.files.size()) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      names.push_back(sets.files[i]->name);
      members_[i].session =
        std::make_unique<run_session>(options, sets.files[i], instance_selection{});
    }
    if (sets.budget > 0)
      budget_ = std::make_shared<actors::budget_broker>(sets.budget, std::move(names));
  }

  /// Why nothing of it may run, if so.
  std::optional<std::string> take_control(signal_watch& signals) {
    for (auto& x : members_)
      if (auto why = x.session->take_control(false, signals))
        return why;
    const auto any = std::any_of(members_.begin(), members_.end(),
                                 [](const member& x) { return x.session->goes_on(); });
    if (!any && options_.resume)
      return "there is nothing to resume: no upgrade of a scale set of this file was "
             "cut "
             "short; start them with `drydock run "
             + sets_.path.string() + "`";
    return any ? leave_others_out() : std::nullopt;
  }

  int run(signal_watch& signals, int events) {
    std::optional<joint_events> writer;
    if (events >= 0)
      events_ = &writer.emplace(events, options_.events == "-" && !options_.quiet);
    signals.route([this](const char* name, int count) { on_signal(name, count); });
    {
      actors::joint_runs runs({members_.front().session->virtual_clock()});
      begin_those_ready(runs);
      while (const auto end = runs.wait())
        take_end(runs, end->run, end->report);
    }
    for (auto x = members_.rbegin(); x != members_.rend(); ++x)
      if (x->in_world)
        x->session->leave_world();
    signals.route(nullptr);
    const auto error = writer ? writer->finish() : 0;
    if (!told_all(error, options_.events, "the upgrades have ended"))
      note(exit_died);
    if (options_.json)
      std::cout << to_text(summary(), 2) << '\n' << std::flush;
    return deliver(worst_);
  }

private:
  enum class standing { not_begun, running, completed, over, left_out };
  struct member {
    std::unique_ptr<run_session> session;
    standing state = standing::not_begun;
    std::size_t run = 0; // its number among the runs
    bool in_world = false;
    std::string why_not; // it was not begun
    std::string ended;   // how
    json earlier;        // the summary of one that was over before
  };

  [[nodiscard]] const std::string& name_of(std::size_t i) const {
    return sets_.files[i]->name;
  }

  void note(exit_status x) {
    if (badness(x) > badness(worst_))
      worst_ = x;
  }

  /// Some upgrades were cut short: they go on, and those follow that were not begun.
  /// What is over is over, and what is unavailable in it counts.
  std::optional<std::string> leave_others_out() {
    std::vector<bool> takes_part(members_.size());
    for (std::size_t round = 0; round < members_.size(); ++round)
      for (std::size_t i = 0; i < members_.size(); ++i)
        for (const auto before : sets_.after[i])
          takes_part[i] =
            takes_part[i] || takes_part[before] || members_[before].session->goes_on();
    for (std::size_t i = 0; i < members_.size(); ++i) {
      auto& x = members_[i];
      if (x.session->goes_on() || takes_part[i])
        continue;
      const auto end = look_back(*sets_.files[i]);
      if (const auto* why = std::get_if<complaint>(&end))
        return *why;
      const auto& last = std::get<earlier_end>(end);
      if (!last.known) // its turn has yet to come
        continue;
      x.state = last.completed ? standing::completed : standing::over;
      x.ended = last.ended;
      x.earlier = last.summary;
      note(last.status);
      if (budget_)
        budget_->leave(i, last.unavailable);
    }
    return std::nullopt;
  }

  void on_signal(const char* name, int count) {
    const std::lock_guard guard(mutex_);
    interrupted_ = true;
    for (auto& x : members_)
      if (x.in_world) // of one that is over it ends what tears it down
        x.session->on_signal(name, count);
  }

  [[nodiscard]] bool interrupted() {
    const std::lock_guard guard(mutex_);
    return interrupted_;
  }

  /// An upgrade that was cut short goes on whatever it came after.
  [[nodiscard]] bool is_ready(std::size_t i) const {
    return members_[i].state == standing::not_begun
           && (members_[i].session->goes_on()
               || std::all_of(sets_.after[i].begin(), sets_.after[i].end(),
                              [&](std::size_t before) {
                                return members_[before].state == standing::completed;
                              }));
  }

  void begin_those_ready(actors::joint_runs& runs) {
    std::vector<std::size_t> now;
    for (std::size_t i = 0; i < members_.size(); ++i)
      if (is_ready(i))
        now.push_back(i);
    for (const auto i : now)
      prepare(i);
    if (budget_) // before any of them is given something
      for (const auto i : now)
        if (members_[i].state == standing::not_begun)
          budget_->enter(i);
    for (const auto i : now)
      if (members_[i].state == standing::not_begun)
        begin(runs, i);
    leave_out_hopeless();
  }

  void prepare(std::size_t i) {
    auto& x = members_[i];
    if (interrupted()) {
      leave_out(i, "the upgrade was cancelled before its turn");
      note(exit_cancelled);
      return;
    }
    x.session->enter_world();
    {
      const std::lock_guard guard(mutex_);
      x.in_world = true;
    }
    if (x.session->prepare())
      return;
    leave_out(i, "it could not be set up");
    note(exit_died);
  }

  void begin(actors::joint_runs& runs, std::size_t i) {
    auto& x = members_[i];
    run_session::surroundings around;
    around.one_of_several = true;
    if (runs_begun_ > 0 && !x.session->goes_on())
      around.since_first = runs.elapsed();
    if (budget_)
      around.budget = budget_->port(i);
    if (events_ != nullptr)
      around.events = [this](event_context context) {
        return events_->of(std::move(context));
      };
    if (!x.session->begin(runs, around)) {
      leave_out(i, "it could not be written down");
      note(exit_died);
      if (budget_)
        budget_->leave(i);
      return;
    }
    const std::lock_guard guard(mutex_);
    x.run = runs_begun_++;
    x.state = standing::running;
  }

  void take_end(actors::joint_runs& runs, std::size_t run,
                const upgrade_report& report) {
    const auto at =
      std::find_if(members_.begin(), members_.end(), [&](const member& x) {
        return x.state == standing::running && x.run == run;
      });
    const auto i = static_cast<std::size_t>(at - members_.begin());
    note(at->session->end(report));
    {
      const std::lock_guard guard(mutex_);
      at->ended = to_string(report.status);
      at->state = has_completed(report) ? standing::completed : standing::over;
    }
    if (budget_)
      budget_->leave(i);
    begin_those_ready(runs);
  }

  /// Those that come after one that did not complete, or that will never begin.
  void leave_out_hopeless() {
    for (auto again = true; std::exchange(again, false);)
      for (std::size_t i = 0; i < members_.size(); ++i) {
        if (members_[i].state != standing::not_begun)
          continue;
        for (const auto before : sets_.after[i]) {
          const auto& x = members_[before];
          if (x.state != standing::over && x.state != standing::left_out)
            continue;
          leave_out(i, "it comes after " + name_of(before) + ", which "
                         + (x.ended.empty() || x.state == standing::left_out
                              ? "did not complete"
                            : x.ended == to_string(upgrade_status::completed)
                              ? "was cancelled"
                              : "ended " + x.ended));
          again = true;
          break;
        }
      }
  }

  void leave_out(std::size_t i, std::string why) {
    const std::lock_guard guard(mutex_);
    members_[i].state = standing::left_out;
    spdlog::warn("scale set {} is not begun: {}", name_of(i), why);
    members_[i].why_not = std::move(why);
  }

  [[nodiscard]] json summary() const {
    auto list = json::array();
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const auto& x = members_[i];
      if (!x.session->summary().is_null())
        list.push_back(x.session->summary());
      else if (!x.earlier.is_null())
        list.push_back(x.earlier);
      else
        list.push_back(
          {{"scaleSet", name_of(i)},
           {"runningStatus", {{"code", "NotBegun"}}},
           {"message", x.why_not.empty() ? json(nullptr) : json(x.why_not)}});
    }
    return {{"sets", std::move(list)}};
  }

  const run_options& options_;
  const fleet_sets& sets_;
  std::shared_ptr<actors::budget_broker> budget_;
  joint_events* events_ = nullptr;
  std::mutex mutex_; // guards the standing of members, for signals
  std::vector<member> members_;
  bool interrupted_ = false;
  std::size_t runs_begun_ = 0;
  exit_status worst_ = exit_done;
};

} // namespace

int run_sets(const run_options& options, const fleet_sets& sets,
             signal_watch& signals) {
  run_lock lock;
  set_runs all(options, sets);
  const auto* simulated = std::get_if<simulated_spec>(&sets.files.front()->driver);
  if (simulated == nullptr || !simulated->virtual_clock)
    if (const auto why = lock.take(sets.path))
      return refuse(sets.path, *why);
  if (const auto why = all.take_control(signals))
    return refuse(sets.path, *why);
  // Only now: a run that is refused must not empty the other one's events.
  events_file events;
  if (const auto why = events.open(options.events))
    return refuse(sets.path, *why);
  return all.run(signals, events.descriptor());
}

} // namespace drydock::cli
