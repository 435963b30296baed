// SPDX-License-Identifier: Apache-2.0
#include "past_upgrade.hpp"

#include "commands.hpp"
#include "controller.hpp"

#include "drydock/actors/auditor.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <set>
#include <utility>

namespace drydock::cli {

using namespace engine;

namespace {

constexpr std::string_view sqlite_magic = "SQLite format 3";
constexpr std::string_view store_suffix = ".db";

bool is_sqlite(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string start(sqlite_magic.size(), '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  return start == sqlite_magic;
}

/// Where a store is, and whose fleet file says so, if one does.
struct store_place {
  config::store_spec spec;
  std::vector<std::string> scale_sets = {};
  bool several = false;
};

/// A fleet file's store, without the instances, whose inventory may be slow.
std::variant<store_place, complaint> store_of(const std::filesystem::path& file,
                                              const std::string& scale_set) {
  auto read = config::load_all(
    file,
    [](const auto&, const auto&) {
      return config::inventory_output{true, "[]"};
    },
    scale_set);
  if (const auto* bad = std::get_if<std::vector<config::diagnostic>>(&read))
    return to_string(bad->front());
  auto& good = std::get<config::fleet_document>(read);
  store_place x{good.sets.front().store};
  x.several = good.several;
  for (auto& set : good.sets)
    x.scale_sets.push_back(std::move(set.name));
  return x;
}

std::variant<store_place, complaint> store_here() {
  std::vector<std::filesystem::path> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(".", ignored))
    if (entry.path().extension() == store_suffix && is_sqlite(entry.path()))
      found.push_back(entry.path().filename());
  std::sort(found.begin(), found.end());
  if (found.size() == 1)
    return store_place{{config::store_kind::sqlite, found.front(), {}}};
  if (found.empty())
    return "there is no store in this folder; name a fleet file, the file of a store "
           "(.db) or a postgresql:// address";
  std::string names;
  for (const auto& x : found)
    names += (names.empty() ? "" : ", ") + x.string();
  return "there are several stores in this folder: name one of " + names;
}

std::variant<store_place, complaint> spec_of(const std::optional<std::string>& where,
                                             const std::string& scale_set) {
  if (!where)
    return store_here();
  if (where->starts_with("postgresql://") || where->starts_with("postgres://"))
    return store_place{{config::store_kind::postgresql, {}, *where}};
  // One that is damaged, or not there, is no fleet file either.
  if (is_sqlite(*where) || std::filesystem::path(*where).extension() == store_suffix)
    return store_place{{config::store_kind::sqlite, *where, {}}};
  return store_of(*where, scale_set);
}

/// Follows what is told.
class follower : public command_sink {
public:
  follower(past_upgrade& to, actors::upgrade_listener* listener)
    : to_(to), listener_(listener),
      auditor_(to.header.instances->size(), to.header.rollout.has_health) {}

  void take(rollout_command&&) override {}
  void publish(upgrade_event&& event) override {
    auditor_.on_event(event);
    note(event);
    to_.account->take(event, instant{} + since_start);
    if (listener_ != nullptr)
      listener_->on_event(event, since_start);
  }

  void finish() {
    to_.max_unavailable = auditor_.max_unavailable();
    to_.unavailable = auditor_.unavailable();
    to_.in_hand.assign(in_hand_.begin(), in_hand_.end());
  }

  duration since_start{0};

private:
  void note(const upgrade_event& event) {
    if (const auto* wait = std::get_if<told::waiting>(&event)) {
      to_.waits = *wait;
      to_.waits_since = since_start;
    } else if (ends_wait(event)
               || (std::holds_alternative<told::upgrade_resumed>(event)
                   && !outlives_process(to_.waits))) {
      to_.waits.reset();
    }
    if (const auto* hook = std::get_if<told::hook_started>(&event))
      to_.hook = *hook;
    else if (std::holds_alternative<told::hook_finished>(event))
      to_.hook.reset();
    if (const auto* step = std::get_if<told::step_started>(&event)) {
      to_.notices.erase(step->instance);
      if (step->not_before)
        to_.notices[step->instance] = since_start + *step->not_before;
    } else if (const auto* gone = std::get_if<told::instance_deleted>(&event)) {
      to_.notices.erase(gone->instance);
    }
    to_.resumed += std::holds_alternative<told::upgrade_resumed>(event) ? 1 : 0;
    note_members(event);
  }

  static bool ends_wait(const upgrade_event& event) {
    return std::holds_alternative<told::batch_started>(event)
           || std::holds_alternative<told::batch_extended>(event)
           || std::holds_alternative<told::hook_started>(event)
           || std::holds_alternative<told::checkpoint_reached>(event)
           || std::holds_alternative<told::checkpoint_left>(event)
           || std::holds_alternative<told::pause_ended>(event)
           || std::holds_alternative<told::rollback_started>(event)
           || std::holds_alternative<told::upgrade_finished>(event);
  }

  /// Goes on after a resume, without being told again.
  static bool outlives_process(const std::optional<told::waiting>& wait) {
    return wait
           && (wait->reason == wait_reason::checkpoint_bake
               || wait->reason == wait_reason::checkpoint_approval
               || wait->reason == wait_reason::hook_failed);
  }

  void note_members(const upgrade_event& event) {
    if (const auto* batch = std::get_if<told::batch_started>(&event)) {
      in_hand_.insert(batch->instances.begin(), batch->instances.end());
    } else if (const auto* more = std::get_if<told::batch_extended>(&event)) {
      in_hand_.insert(more->instances.begin(), more->instances.end());
    } else if (const auto* scaling = std::get_if<told::scaling_started>(&event)) {
      scaling_ = scaling->leaving;
      scaling_.insert(scaling_.end(), scaling->arriving.begin(),
                      scaling->arriving.end());
      in_hand_.insert(scaling_.begin(), scaling_.end());
    } else if (std::holds_alternative<told::scaling_finished>(event)) {
      for (const auto i : std::exchange(scaling_, {}))
        in_hand_.erase(i); // some were taken back by a cancel
    } else if (const auto* undo = std::get_if<told::rollback_started>(&event)) {
      in_hand_.insert(undo->instance);
    } else if (const auto* next = std::get_if<told::instance_replaced>(&event)) {
      in_hand_.erase(next->instance);
      in_hand_.insert(next->replacement);
    } else if (const auto* settled = std::get_if<told::instance_settled>(&event)) {
      in_hand_.erase(settled->instance);
    } else if (const auto* released = std::get_if<told::instance_released>(&event)) {
      in_hand_.erase(released->instance);
    } else if (const auto* undone = std::get_if<told::rollback_finished>(&event)) {
      in_hand_.erase(undone->instance);
    } else if (const auto* gone = std::get_if<told::instance_deleted>(&event)) {
      in_hand_.erase(gone->instance);
    } else if (const auto* repair = std::get_if<told::repair_started>(&event)) {
      in_hand_.insert(repair->instance);
    } else if (const auto* over = std::get_if<told::repair_finished>(&event)) {
      const auto& all = *to_.header.instances;
      in_hand_.erase(over->instance);
      if (all.has_replacements() && !all.is_replacement(over->instance))
        in_hand_.erase(all.replacement_of(over->instance));
    }
  }

  past_upgrade& to_;
  actors::upgrade_listener* listener_;
  actors::auditor auditor_;
  std::set<instance_index> in_hand_;
  std::vector<instance_index> scaling_;
};

/// What a turn tells of time, and of what was heard beside events.
void note_time(past_upgrade& x, const journal::turn& turn, duration since_start) {
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  x.last = since_start;
  x.last_wall_us = turn.wall_us;
  // In virtual time there is no other clock.
  x.virtual_clock =
    turn.wall_us == duration_cast<microseconds>(turn.at.time_since_epoch()).count();
  for (const auto& in : turn.inputs)
    x.account->hear(in, instant{} + since_start);
}

} // namespace

std::variant<named_store, complaint>
open_named_store(const std::optional<std::string>& where,
                 const std::string& scale_set) {
  auto spec = spec_of(where, scale_set);
  if (auto* why = std::get_if<complaint>(&spec))
    return *why;
  auto& [x, names, several] = std::get<store_place>(spec);
  if (x.kind == config::store_kind::none)
    return *where + ": this fleet file keeps nothing; give it a [store]";
  auto opened = open_store(x, false);
  if (auto* failed = std::get_if<store::store_error>(&opened))
    return failed->text;
  // Only fleet files name scale sets; in others all are meant, or the one named here.
  auto only = names.size() == 1 ? names.front() : names.empty() ? scale_set : "";
  return named_store{std::move(std::get<0>(opened)),
                     where ? *where : x.path.string(),
                     std::move(only),
                     std::move(names),
                     x.kind == config::store_kind::sqlite,
                     several};
}

std::variant<std::optional<store::upgrade_entry>, complaint>
newest_upgrade(store::upgrade_store& in, const std::string& scale_set) {
  auto all = in.list(scale_set);
  if (auto* failed = std::get_if<store::store_error>(&all))
    return failed->text;
  // The clocks of those who began them may differ.
  auto& list = std::get<0>(all);
  std::stable_partition(list.begin(), list.end(),
                        [](const auto& entry) { return entry.ended_us == 0; });
  if (list.empty())
    return std::optional<store::upgrade_entry>{};
  return std::optional(std::move(list.front()));
}

bool is_held(const store::lease& x, bool local) {
  return x.expires_us > wall_now_us() && !store::process_is_dead(x)
         && !(local && store::is_of_another_start(x));
}

explanation explain_now(const past_upgrade& x, bool run) {
  using std::chrono::microseconds;
  const auto since =
    x.virtual_clock
      ? duration{0}
      : microseconds{std::max<std::int64_t>(wall_now_us() - x.last_wall_us, 0)};
  return x.account->explain(instant{} + x.last + since, run);
}

std::variant<store::upgrade_entry, complaint> find_upgrade(store::upgrade_store& in,
                                                           const std::string& id) {
  auto all = in.list("");
  if (auto* failed = std::get_if<store::store_error>(&all))
    return failed->text;
  const auto& list = std::get<0>(all);
  const auto exact =
    std::find_if(list.begin(), list.end(), [&](const auto& x) { return x.id == id; });
  if (exact != list.end())
    return *exact;
  const store::upgrade_entry* found = nullptr;
  for (const auto& x : list) {
    if (!x.id.starts_with(id))
      continue;
    if (found != nullptr)
      return "several upgrades begin with " + id + "; `drydock history` lists them";
    found = &x;
  }
  if (found == nullptr)
    return "there is no upgrade " + id
           + "; `drydock history` lists those that are kept";
  return *found;
}

std::variant<past_upgrade, complaint> read_upgrade(store::upgrade_store& from,
                                                   const store::upgrade_entry& entry,
                                                   actors::upgrade_listener* listener) {
  auto bytes = from.header(entry.id);
  if (auto* failed = std::get_if<store::store_error>(&bytes))
    return failed->text;
  auto header = journal::read_header(std::get<std::string>(bytes));
  if (auto* bad = std::get_if<journal::bad_record>(&header))
    return "the journal of upgrade " + entry.id + " cannot be read: " + bad->text;
  past_upgrade x;
  x.entry = entry;
  x.header = std::move(std::get<journal::header>(header));
  x.account.emplace(
    explained{x.header.instances, x.header.rollout.has_health, x.header.rollout});
  rollout machine(x.header.rollout, x.header.instances);
  follower sink(x, listener);
  std::optional<instant> start;
  if (const auto failed = store::read_turns(from, entry.id, [&](journal::turn&& turn) {
        if (!start)
          start = turn.at;
        note_time(x, turn, sink.since_start = turn.at - *start);
        machine.apply(turn.inputs, turn.at, sink);
        return true;
      }))
    return failed->text;
  sink.finish();
  x.report = machine.report();
  if (entry.ended_us != 0) // it may have been given up as it stood
    x.account->abandon(instant{}
                       + std::chrono::microseconds{entry.ended_us - entry.started_us});
  return x;
}

std::variant<kept_upgrade, complaint>
open_upgrade(const std::optional<std::string>& where, const std::string& id) {
  auto opened = open_named_store(where);
  if (auto* why = std::get_if<complaint>(&opened))
    return *why;
  auto& in = std::get<named_store>(opened);
  auto found = find_upgrade(*in.store, id);
  if (auto* why = std::get_if<complaint>(&found))
    return *why;
  auto read = read_upgrade(*in.store, std::get<store::upgrade_entry>(found), nullptr);
  if (auto* why = std::get_if<complaint>(&read))
    return *why;
  return kept_upgrade{std::move(in), std::move(std::get<past_upgrade>(read))};
}

int complain(const complaint& text) {
  std::cerr << "drydock: error: " << text << '\n';
  return exit_refused;
}

config::fleet_file file_of(const journal::header& x) {
  config::fleet_file file;
  file.name = x.scale_set;
  file.instances = *x.instances;
  file.request.policy = x.rollout.policy;
  file.action = x.rollout.action;
  return file;
}

} // namespace drydock::cli
