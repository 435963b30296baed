// SPDX-License-Identifier: Apache-2.0
// How the upgrade of a fleet file stands, seen from another terminal; its cancel
// and approval.
#include "drydock/store/approval_request.hpp"

#include "commands.hpp"
#include "controller.hpp"
#include "explain_views.hpp"
#include "image_command.hpp"
#include "json_output.hpp"
#include "past_upgrade.hpp"
#include "text.hpp"

#include <algorithm>
#include <iostream>

#include <unistd.h>

namespace drydock::cli {

using namespace engine;

namespace {

/// The newest upgrade of a fleet file's scale set, and who runs it.
struct standing {
  std::unique_ptr<store::upgrade_store> from;
  std::optional<store::upgrade_entry> newest;
  store::lease holder;
  bool somebody_runs_it = false;

  [[nodiscard]] bool under_way() const { return newest && newest->ended_us == 0; }
};

std::variant<standing, complaint> look_up(const config::fleet_file& file) {
  standing x;
  if (file.store.kind == config::store_kind::none)
    return "[store] of this file keeps nothing, so that nobody else can see its "
           "upgrade";
  auto opened = open_store(file.store, false);
  if (auto* failed = std::get_if<store::store_error>(&opened))
    return failed->text;
  x.from = std::move(std::get<0>(opened));
  auto newest = newest_upgrade(*x.from, file.name);
  if (auto* why = std::get_if<complaint>(&newest))
    return *why;
  x.newest = std::move(std::get<0>(newest));
  auto holder = x.from->holder(file.name);
  if (auto* failed = std::get_if<store::store_error>(&holder))
    return failed->text;
  x.holder = std::get<store::lease>(holder);
  x.somebody_runs_it = is_held(x.holder, file.store.kind == config::store_kind::sqlite);
  return x;
}

/// A scale set of the fleet file that was named, and how its upgrade stands.
struct seen {
  std::shared_ptr<config::fleet_file> file;
  standing now;
};

/// All scale sets of the file, or the one that was named; says what is wrong, if
/// anything is, and gives none then.
std::vector<seen> look_at(const store_options& options, signal_watch& signals) {
  std::vector<seen> list;
  const auto sets = load_sets_or_complain(*options.where, signals, options.scale_set);
  if (!sets)
    return list;
  for (const auto& file : sets->files) {
    auto looked = look_up(*file);
    if (const auto* why = std::get_if<complaint>(&looked)) {
      refuse(*options.where, *why);
      return {};
    }
    list.push_back({file, std::move(std::get<standing>(looked))});
  }
  return list;
}

/// `web`, or `database, web`.
std::string names_of(const std::vector<seen>& sets) {
  std::string text;
  for (const auto& x : sets)
    text += (text.empty() ? "" : ", ") + x.file->name;
  return text;
}

std::string holder_text(const store::lease& x) {
  return "process " + std::to_string(x.process) + " on "
         + printable(store::host_name(x));
}

/// Whether a fleet file's store has any upgrade to tell of.
bool keeps_upgrades(const std::filesystem::path& file) {
  auto opened = open_named_store(file.string());
  auto* named = std::get_if<named_store>(&opened);
  if (named == nullptr || !named->store)
    return false;
  const auto newest = newest_upgrade(*named->store, named->scale_set);
  const auto* found = std::get_if<std::optional<store::upgrade_entry>>(&newest);
  return found != nullptr && found->has_value();
}

json holder_json(const standing& x) {
  if (!x.somebody_runs_it)
    return nullptr;
  return {{"host", store::host_name(x.holder)},
          {"process", x.holder.process},
          {"leaseExpires", to_iso_time(to_wall_time(x.holder.expires_us))}};
}

json status_json(const past_upgrade& p, const standing& x) {
  auto out =
    summary_json(file_of(p.header), p.report,
                 {p.entry.id, to_wall_time(p.entry.started_us), p.max_unavailable});
  out.erase("durationSeconds");
  out["controller"] = x.under_way() ? holder_json(x) : json(nullptr);
  out["inHand"] = ids_json(p.in_hand, *p.header.instances);
  out["hook"] = nullptr;
  if (p.hook)
    out["hook"] = {{"hook", to_string(p.hook->hook)},
                   {"batch", p.hook->batch == 0 ? json(nullptr) : json(p.hook->batch)},
                   {"attempt", p.hook->attempt}};
  out["notified"] = json::array();
  for (const auto& [i, at] : p.notices)
    out["notified"].push_back(
      {{"instance", p.header.instances->id(i)},
       {"notBefore", to_iso_time(to_wall_time(p.entry.started_us) + at)}});
  out["waiting"] = nullptr;
  if (p.waits)
    out["waiting"] = {
      {"reason", to_string(p.waits->reason)},
      {"limit", p.waits->limit.empty() ? json(nullptr) : json(p.waits->limit)},
      {"instances", ids_json(p.waits->holders, *p.header.instances)},
      {"instanceCount", p.waits->holder_count},
      {"question", p.waits->question == 0 ? json(nullptr) : json(p.waits->question)}};
  return out;
}

/// As commands about this scale set alone name it.
std::string set_of(const config::fleet_file& file) {
  return file.path.string()
         + (file.one_of_several ? " --scale-set " + printable(file.name) : "");
}

void print_status(const past_upgrade& p, const standing& x,
                  const config::fleet_file& file) {
  const auto& c = p.report.progress;
  std::cout << "upgrade " << p.entry.id << " of " << printable(p.header.scale_set)
            << ": " << to_string(p.report.status) << ", begun "
            << to_iso_time(to_wall_time(p.entry.started_us)) << '\n';
  if (x.under_way())
    std::cout << (x.somebody_runs_it ? "  run by " + holder_text(x.holder)
                                     : "  nobody runs it: go on with `drydock resume "
                                         + file.path.string() + "`")
              << '\n';
  std::cout << "  " << c.successful << " successful, " << c.failed << " failed, "
            << c.in_progress << " in progress, " << c.pending << " pending, "
            << c.skipped << " skipped\n";
  if (!p.in_hand.empty())
    std::cout << "  in hand: "
              << name_instances(p.in_hand, p.in_hand.size(), *p.header.instances)
              << '\n';
  for (const auto& [i, at] : p.notices)
    std::cout << "  " << printable(p.header.instances->id(i))
              << " was told that it is deleted at "
              << to_iso_time(to_wall_time(p.entry.started_us) + at)
              << ", or as soon as it agrees\n";
  const auto why = explain_now(p, true);
  if (why.state == course::waiting)
    std::cout << "  "
              << reason_in_words({*p.account, p.header.instances, p.header.scale_set,
                                  p.entry.id, file.path.string(),
                                  to_wall_time(p.entry.started_us)},
                                 why)
              << '\n';
  if (p.waits && p.waits->question != 0)
    std::cout << "  question " << p.waits->question << ": answer with `drydock approve "
              << set_of(file) << "`, or with --reject\n";
  if (!p.report.error.code.empty())
    std::cout << "  " << p.report.error.code << ": "
              << printable(p.report.error.message) << '\n';
}

} // namespace

int status_command(const store_options& options, signal_watch& signals) {
  const std::filesystem::path path = *options.where;
  const auto pending = find_pending_image(path);
  if (pending && !options.json)
    std::cout << describe_pending(*pending, path);
  if (pending && !keeps_upgrades(path)) {
    if (options.json)
      std::cout << to_text(json{{"pendingOsUpgrade", pending_json(pending)}}, 2)
                << '\n';
    return deliver(exit_done);
  }
  const auto looked = look_at(options, signals);
  if (looked.empty())
    return exit_refused;
  if (std::none_of(looked.begin(), looked.end(),
                   [](const seen& s) { return s.now.newest.has_value(); }))
    return refuse(path, "there is no upgrade of scale set " + names_of(looked)
                          + " yet; start one with `drydock run " + path.string() + "`");
  auto list = json::array();
  for (const auto& [file, x] : looked) {
    if (!x.newest) {
      list.push_back({{"scaleSet", file->name}, {"runningStatus", nullptr}});
      if (!options.json)
        std::cout << "no upgrade of " << printable(file->name) << " has begun yet\n";
      continue;
    }
    const auto read = read_upgrade(*x.from, *x.newest, nullptr);
    if (const auto* why = std::get_if<complaint>(&read))
      return refuse(path, *why);
    const auto& past = std::get<past_upgrade>(read);
    if (options.json) {
      list.push_back(status_json(past, x));
      list.back()["pendingOsUpgrade"] = pending_json(pending);
    } else {
      print_status(past, x, *file);
    }
  }
  if (options.json)
    std::cout << to_text(looked.size() > 1 ? json{{"sets", list}} : list.front(), 2)
              << '\n';
  return deliver(exit_done);
}

namespace {

/// Closes an upgrade that nobody runs, and names those of which nobody knows how far
/// they are.
int abandon(const config::fleet_file& file, standing& x) {
  auto taken =
    store::lease_keeper::take(*x.from, {file.name,
                                        std::chrono::seconds(15),
                                        file.store.kind == config::store_kind::sqlite,
                                        {}});
  if (const auto* failed = std::get_if<store::store_error>(&taken))
    return refuse(file.path, failed->text);
  if (const auto* holder = std::get_if<store::lease>(&taken))
    return refuse(file.path, "OperationNotAllowed: " + holder_text(*holder)
                               + " runs the upgrade; cancel it without --abandon");
  const auto& lease = std::get<std::unique_ptr<store::lease_keeper>>(taken);
  const auto read = read_upgrade(*x.from, *x.newest, nullptr);
  if (const auto failed =
        x.from->close(x.newest->id, to_string(upgrade_status::cancelled), wall_now_us(),
                      lease->epoch()))
    return refuse(file.path, failed->text);
  std::cerr << "gave up upgrade " << x.newest->id;
  if (const auto* past = std::get_if<past_upgrade>(&read); past == nullptr)
    std::cerr << ", whose journal cannot be read";
  else if (!past->in_hand.empty())
    std::cerr << "; look after those that were worked on: "
              << name_instances(past->in_hand, past->in_hand.size(),
                                *past->header.instances, 100);
  std::cerr << '\n';
  return exit_done;
}

int cancel_one(const store_options& options, seen& which) {
  auto& [file, x] = which;
  const auto& path = file->path;
  if (options.abandon)
    return abandon(*file, x);
  const auto by = "drydock cancel (process " + std::to_string(getpid()) + ")";
  if (const auto failed = x.from->ask(
        x.newest->id, {options.now ? "cancel_now" : "cancel", by, wall_now_us()}))
    return refuse(path, failed->text);
  std::cerr << (x.somebody_runs_it
                  ? "asked " + holder_text(x.holder) + " to cancel upgrade "
                      + x.newest->id
                  : "nobody runs upgrade " + x.newest->id + " now: `drydock resume "
                      + path.string() + "` will cancel it")
            << '\n';
  return exit_done;
}

} // namespace

int cancel_command(const store_options& options, signal_watch& signals) {
  auto looked = look_at(options, signals);
  if (looked.empty())
    return exit_refused;
  auto status = exit_refused;
  auto any = false;
  for (auto& x : looked) {
    if (!x.now.under_way())
      continue;
    const auto one = static_cast<exit_status>(cancel_one(options, x));
    status = any ? std::max(status, one) : one;
    any = true;
  }
  return any ? static_cast<int>(status)
             : refuse(*options.where, "OperationNotAllowed: no upgrade of scale set "
                                        + names_of(looked)
                                        + " is running, so that there is nothing to "
                                          "cancel");
}

namespace {

/// What an upgrade that asks nothing is doing.
std::string describe_doing(const past_upgrade& p) {
  if (p.hook)
    return "it runs the " + std::string(to_string(p.hook->hook)) + " hook";
  if (!p.in_hand.empty())
    return "it works on "
           + name_instances(p.in_hand, p.in_hand.size(), *p.header.instances, 8);
  if (p.waits)
    return "it says: " + describe_wait(*p.waits, *p.header.instances);
  return "it is about to decide what comes next";
}

/// Messages are for people, and go into every event and record about the answer.
constexpr std::size_t message_bytes_max = 1024;

/// The number of what is asked; a complaint where nothing is, or something else.
std::variant<std::uint32_t, complaint> find_question(const past_upgrade& p,
                                                     std::uint32_t wanted) {
  const auto asked = p.waits ? p.waits->question : 0;
  if (asked == 0)
    return "upgrade " + p.entry.id + " asks nothing now, so that there is nothing to "
           + "approve: " + describe_doing(p);
  if (wanted != 0 && wanted != asked)
    return "upgrade " + p.entry.id + " asks question " + std::to_string(asked)
           + " now, not question " + std::to_string(wanted) + ": "
           + describe_wait(*p.waits, *p.header.instances);
  return asked;
}

} // namespace

int approve_command(const store_options& options, signal_watch& signals) {
  const std::filesystem::path path = *options.where;
  if (options.message.size() > message_bytes_max)
    return refuse(path, "--message has more than " + std::to_string(message_bytes_max)
                          + " bytes; say it in fewer words");
  if (const auto image = find_pending_image(path); image && options.question == 0)
    return answer_image(options, *image);
  auto looked = look_at(options, signals);
  if (looked.empty())
    return exit_refused;
  if (looked.size() > 1) {
    std::vector<std::string> names;
    for (const auto& set : looked)
      names.push_back(set.file->name);
    return refuse(path, config::refuse_several(names));
  }
  auto& [file, x] = looked.front();
  if (!x.under_way())
    return refuse(path, "OperationNotAllowed: no upgrade of scale set " + file->name
                          + " is running, so that there is nothing to approve");
  const auto read = read_upgrade(*x.from, *x.newest, nullptr);
  if (const auto* why = std::get_if<complaint>(&read))
    return refuse(path, *why);
  const auto& past = std::get<past_upgrade>(read);
  const auto question = find_question(past, options.question);
  if (const auto* why = std::get_if<complaint>(&question))
    return refuse(path, "OperationNotAllowed: " + *why);
  const auto number = std::get<std::uint32_t>(question);
  const auto by = "drydock approve (process " + std::to_string(getpid()) + ")";
  if (const auto failed = x.from->ask(
        x.newest->id,
        store::to_request({by, !options.reject, valid_utf8(options.message), number},
                          wall_now_us())))
    return refuse(path, failed->text);
  std::cerr << (options.reject ? "rejected" : "approved") << " what upgrade "
            << x.newest->id << " asks (question " << number << ")"
            << (x.somebody_runs_it ? "; " + holder_text(x.holder) + " hears of it"
                                   : "; nobody runs it now: go on with `drydock resume "
                                       + path.string() + "`")
            << '\n';
  return exit_done;
}

} // namespace drydock::cli
