// SPDX-License-Identifier: Apache-2.0
// Why an upgrade stands where it stands, from its journal or its events file.
#include "commands.hpp"
#include "controller.hpp"
#include "event_json.hpp"
#include "event_reader.hpp"
#include "explain_unbegun.hpp"
#include "explain_views.hpp"
#include "image_command.hpp"
#include "past_upgrade.hpp"
#include "text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <set>
#include <utility>

#include <sys/stat.h>

namespace drydock::cli {

using namespace engine;

namespace {

std::string headline(const explained_upgrade& x, const explanation& why) {
  auto text = x.upgrade_id.empty() ? std::string("upgrade") : "upgrade " + x.upgrade_id;
  if (!x.scale_set.empty())
    text += " of " + printable(x.scale_set);
  text += ": " + std::string(to_string(why.state)) + " since "
          + to_iso_time(x.start + why.since.time_since_epoch());
  if (why.state == course::finished)
    return text;
  return text + ", for " + span_text(why.now - why.since) + ", as of "
         + to_iso_time(x.start + why.now.time_since_epoch());
}

/// A million instances as JSON would take more memory than they do.
void print_json(const explained_upgrade& x, const explanation& why,
                const std::optional<instance_index>& only,
                const std::optional<watch_record>& pending) {
  auto out = explanation_json(x, why);
  out["pendingOsUpgrade"] = pending_json(pending);
  auto text = to_text(out, 2);
  text.resize(text.rfind('\n'));
  std::cout << text << ",\n  \"instances\": [";
  const auto begin = only.value_or(0);
  const auto end = only ? *only + 1 : static_cast<instance_index>(x.account.size());
  auto first = true;
  for (auto i = begin; i < end; ++i)
    if (x.account.knows(i))
      std::cout << (std::exchange(first, false) ? "\n    " : ",\n    ")
                << to_text(instance_json(x, why, i));
  std::cout << (first ? "]\n}\n" : "\n  ]\n}\n");
}

/// `pending`: an image whose upgrade waits, beside this one.
int print(const explained_upgrade& x, const explanation& why,
          const explain_options& options,
          const std::optional<watch_record>& pending = std::nullopt) {
  std::optional<instance_index> only;
  if (options.instance) {
    only = x.instances->find(*options.instance);
    if (!only || !x.account.knows(*only))
      return complain(options.events
                        ? "no event names an instance " + *options.instance
                            + "; explain without "
                            + "--instance lists the first few of each kind"
                        : "there is no instance " + *options.instance
                            + " in this upgrade; `drydock show` lists its batches");
  }
  if (options.json)
    print_json(x, why, only, pending);
  else if (only)
    std::cout << instance_in_words(x, why, *only) << '\n';
  else
    std::cout << (pending && !options.id ? describe_pending(*pending, x.file) : "")
              << headline(x, why) << '\n'
              << explain_in_words(x, why) << '\n'
              << groups_in_words(x, why);
  return deliver(exit_done);
}

/// Goes through the lines of a file; false: it could not be read to its end. `last`: no
/// line end follows, so that the line may be cut short.
bool each_line(const std::filesystem::path& file,
               const std::function<bool(const std::string&, bool last)>& take) {
  std::ifstream in(file, std::ios::binary);
  if (!in || std::filesystem::is_directory(file))
    return false;
  std::string line;
  while (std::getline(in, line))
    if (!line.empty() && !take(line, in.eof()))
      break;
  return !in.bad();
}

int refuse_unreadable(const std::filesystem::path& file, int error) {
  return refuse(file, "cannot be read ("
                        + std::string(std::strerror(error == 0 ? EISDIR : error))
                        + "); name a file that `drydock run --events FILE` wrote");
}

/// Zones are numbered before anybody is placed in them.
std::vector<std::string> zones_of(const std::filesystem::path& file,
                                  const std::string& scale_set) {
  std::vector<std::string> zones;
  each_line(file, [&](const std::string& line, bool) {
    if (fate_of_line(line, scale_set) == line_fate::skip)
      return true;
    auto zone = event_reader::zone_of(line);
    if (zone && std::find(zones.begin(), zones.end(), *zone) == zones.end())
      zones.push_back(std::move(*zone));
    return true;
  });
  return zones;
}

/// Whether a file was last written when its last event happened: an upgrade in real
/// time writes it, or did. In virtual time, and in copies, it was not.
bool is_written_live(const std::filesystem::path& file, wall_time last) {
  struct stat found {};
  if (stat(file.c_str(), &found) != 0)
    return false;
  const auto written = wall_time{std::chrono::seconds{found.st_mtim.tv_sec}
                                 + std::chrono::nanoseconds{found.st_mtim.tv_nsec}};
  constexpr duration near = std::chrono::seconds(10);
  return written - last < near && last - written < near;
}

/// As of now, where the file is written live; else as of its last event, and so too
/// where the end of a wait went by without a word.
explanation explain_by_clock(const event_reader& told,
                             const std::filesystem::path& file) {
  const auto last = instant{} + told.last();
  if (!is_written_live(file, told.start() + told.last()))
    return told.account()->explain(last);
  auto why = told.account()->explain(instant{} + (wall_now() - told.start()));
  for (const auto& o : why.obstacles)
    if (o.until && *o.until < why.now)
      return told.account()->explain(last);
  return why;
}

std::string quoted_list(const std::set<std::string>& names) {
  std::string text;
  for (const auto& x : names)
    text += (text.empty() ? "\"" : ", \"") + printable(x) + '"';
  return text;
}

/// `others`: those whose events the file holds.
int refuse_empty(const explain_options& options, const std::set<std::string>& others) {
  if (others.empty())
    return refuse(*options.events, "holds no event yet; an upgrade writes the first "
                                   "within a second or two of its start");
  return refuse(*options.events,
                "holds no event of a scale set \"" + printable(options.scale_set)
                  + "\"; it has events of " + quoted_list(others)
                  + ". One that comes after others has none before its turn: explain "
                    "the fleet file to hear what it waits for");
}

int explain_events(const explain_options& options) {
  const auto& file = *options.events;
  event_reader told(zones_of(file, options.scale_set));
  std::string problem;
  std::set<std::string> others;
  std::uint64_t number = 0;
  errno = 0;
  const auto read = each_line(file, [&](const std::string& line, bool last) {
    ++number;
    const auto fate = fate_of_line(line, options.scale_set);
    if (fate == line_fate::skip) {
      if (told.account() == nullptr)
        others.insert(scale_set_of(line));
      return true;
    }
    problem = fate == line_fate::refuse ? several_in_events : told.take(line);
    if (last && fate == line_fate::read && !problem.empty()
        && told.account() != nullptr)
      problem.clear(); // it is being written
    return problem.empty();
  });
  if (!read)
    return refuse_unreadable(file, errno);
  if (!problem.empty())
    return refuse(file.string() + ':' + std::to_string(number), problem);
  if (told.account() == nullptr)
    return refuse_empty(options, others);
  const explained_upgrade x{*told.account(), told.instances(), {}, {}, {},
                            told.start()};
  return print(x, explain_by_clock(told, file), options);
}

std::variant<std::optional<store::upgrade_entry>, complaint>
find_entry(const named_store& in, const explain_options& options) {
  if (!options.id)
    return newest_upgrade(*in.store, in.scale_set);
  auto found = find_upgrade(*in.store, *options.id);
  if (auto* why = std::get_if<complaint>(&found))
    return *why;
  return std::optional(std::move(std::get<store::upgrade_entry>(found)));
}

complaint none_kept(const named_store& in) {
  auto text = in.name + " keeps no upgrade"
              + (in.scale_set.empty() ? "" : " of " + printable(in.scale_set));
  const auto all = in.store->list("");
  const auto* kept = std::get_if<std::vector<store::upgrade_entry>>(&all);
  std::set<std::string> names;
  if (kept != nullptr && in.scale_sets.empty())
    for (const auto& x : *kept)
      names.insert(x.scale_set);
  return text
         + (names.empty() ? " yet; start one with `drydock run`"
                          : "; it keeps those of " + quoted_list(names));
}

/// `pending`: an image whose upgrade waits, beside what is kept.
int explain_newest(const explain_options& options, const named_store& in,
                   const std::optional<watch_record>& pending) {
  const auto found = find_entry(in, options);
  if (const auto* why = std::get_if<complaint>(&found))
    return complain(*why);
  const auto& entry = std::get<0>(found);
  if (!entry)
    return pending ? print_pending(*pending, in.name, in.scale_set, options.json)
                   : complain(none_kept(in));
  const auto read = read_upgrade(*in.store, *entry, nullptr);
  if (const auto* why = std::get_if<complaint>(&read))
    return complain(*why);
  const auto& past = std::get<past_upgrade>(read);
  const auto holder = in.store->holder(past.header.scale_set);
  if (const auto* failed = std::get_if<store::store_error>(&holder))
    return complain(failed->text);
  const explained_upgrade x{*past.account,
                            past.header.instances,
                            past.header.scale_set,
                            past.entry.id,
                            in.scale_sets.empty() ? std::string() : in.name,
                            to_wall_time(past.entry.started_us),
                            in.several};
  return print(x,
               explain_now(past, is_held(std::get<store::lease>(holder), in.is_local)),
               options, pending);
}

int explain_kept(const explain_options& options) {
  const auto pending =
    options.where ? find_pending_image(*options.where) : std::nullopt;
  const auto opened = open_named_store(options.where, options.scale_set);
  if (const auto* why = std::get_if<complaint>(&opened))
    return pending && options.scale_set.empty() && !options.id
             ? print_pending(*pending, *options.where, {}, options.json)
             : complain(*why);
  const auto& in = std::get<named_store>(opened);
  if (in.scale_sets.size() > 1 && !options.id)
    return refuse(in.name, config::refuse_several(in.scale_sets));
  if (!in.several || options.id)
    return explain_newest(options, in, pending);
  const auto turn = find_unbegun(in, in.name, in.scale_set);
  if (const auto* why = std::get_if<complaint>(&turn))
    return complain(*why);
  const auto& unbegun = std::get<std::optional<set_turn>>(turn);
  return unbegun ? print_unbegun(*unbegun, in.name, options.json)
                 : explain_newest(options, in, pending);
}

} // namespace

int explain_command(const explain_options& options) {
  return options.events ? explain_events(options) : explain_kept(options);
}

} // namespace drydock::cli
