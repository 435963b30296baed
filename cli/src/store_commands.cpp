// SPDX-License-Identifier: Apache-2.0
// What has been written down: history, show.
#include "commands.hpp"
#include "controller.hpp"
#include "image_command.hpp"
#include "json_output.hpp"
#include "past_upgrade.hpp"
#include "plain_view.hpp"
#include "text.hpp"

#include <iostream>

namespace drydock::cli {

using namespace engine;

namespace {

json entry_json(const store::upgrade_entry& x) {
  json out;
  out["upgradeId"] = x.id;
  out["scaleSet"] = x.scale_set;
  out["code"] = x.status.empty() ? "RollingForward" : x.status;
  out["startTime"] = to_iso_time(to_wall_time(x.started_us));
  out["endTime"] =
    x.ended_us == 0 ? json(nullptr) : json(to_iso_time(to_wall_time(x.ended_us)));
  out["records"] = x.records;
  return out;
}

std::string entry_line(const store::upgrade_entry& x) {
  auto line = to_iso_time(to_wall_time(x.started_us)) + "  " + x.id + "  "
              + (x.status.empty() ? "RollingForward" : x.status);
  if (x.ended_us != 0)
    line += " in " + seconds_text(std::chrono::microseconds(x.ended_us - x.started_us));
  return line + "  " + printable(x.scale_set) + '\n';
}

json shown_json(const past_upgrade& x) {
  auto out =
    summary_json(file_of(x.header), x.report,
                 {x.entry.id, to_wall_time(x.entry.started_us), x.max_unavailable});
  out["records"] = x.entry.records;
  out["resumedCount"] = x.resumed;
  return out;
}

} // namespace

int history_command(const store_options& options) {
  if (options.os_upgrades)
    return os_upgrade_history(options);
  auto opened = open_named_store(options.where, options.scale_set);
  if (const auto* why = std::get_if<complaint>(&opened))
    return complain(*why);
  auto all = std::get<named_store>(opened).store->list(options.scale_set);
  if (const auto* failed = std::get_if<store::store_error>(&all))
    return complain(failed->text);
  auto list = json::array();
  for (const auto& x : std::get<0>(all))
    if (options.json)
      list.push_back(entry_json(x));
    else
      std::cout << entry_line(x);
  if (options.json)
    std::cout << to_text(list, 2) << '\n';
  return deliver(exit_done);
}

int show_command(const store_options& options) {
  auto opened = open_upgrade(options.where, options.id);
  if (const auto* why = std::get_if<complaint>(&opened))
    return complain(*why);
  const auto& [in, x] = std::get<kept_upgrade>(opened);
  if (options.json) {
    std::cout << to_text(shown_json(x), 2) << '\n';
    return deliver(exit_done);
  }
  std::cout << entry_line(x.entry);
  view_context context{x.header.scale_set, x.header.instances,
                       x.header.rollout.has_health, true};
  plain_view view(std::move(context), [](std::string_view line) { std::cout << line; });
  const auto again = read_upgrade(*in.store, x.entry, &view);
  if (const auto* why = std::get_if<complaint>(&again))
    return complain(*why);
  return deliver(exit_done);
}

} // namespace drydock::cli
