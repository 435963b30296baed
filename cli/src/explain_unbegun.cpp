// SPDX-License-Identifier: Apache-2.0
#include "explain_unbegun.hpp"

#include "commands.hpp"
#include "controller.hpp"
#include "image_command.hpp"
#include "json_output.hpp"
#include "text.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

namespace drydock::cli {

using namespace engine;

namespace {

using kind = set_turn::kind;

/// Without the instances, whose inventories may be slow; nothing: it cannot be read,
/// which whoever needs more of it says.
std::optional<config::fleet_document> read_order(const std::filesystem::path& file) {
  auto read = config::load_all(file, [](const auto&, const auto&) {
    return config::inventory_output{true, "[]"};
  });
  auto* good = std::get_if<config::fleet_document>(&read);
  return good != nullptr ? std::optional(std::move(*good)) : std::nullopt;
}

/// Follows the order of a file's scale sets by what their store keeps.
class order_reader {
public:
  order_reader(const named_store& in, const config::fleet_document& file)
    : in_(in), file_(file) {}

  set_turn turn_of(std::size_t i) { return look(i).first; }
  [[nodiscard]] const complaint& problem() const { return problem_; }

private:
  /// And when what it is about began; of one that has not begun, the latest before it.
  using found = std::pair<set_turn, std::int64_t>;

  found look(std::size_t i) {
    found x;
    auto& [turn, began] = x;
    turn.scale_set = file_.sets[i].name;
    for (const auto before : file_.after[i]) {
      auto y = look(before);
      began = std::max(began, y.second);
      turn.hopeless = turn.hopeless || y.first.is == kind::over || y.first.hopeless;
      turn.after.push_back(std::move(y.first));
    }
    auto newest = newest_upgrade(*in_.store, turn.scale_set);
    if (auto* why = std::get_if<complaint>(&newest))
      problem_ = std::move(*why);
    else if (const auto& entry = std::get<0>(newest))
      take(*entry, file_.sets[i], x);
    return x;
  }

  void take(const store::upgrade_entry& entry, const config::fleet_file& file,
            found& x) {
    auto& [turn, began] = x;
    const auto is =
      entry.ended_us == 0 ? kind::under_way : ended_as(entry, file, began);
    if (is == kind::not_begun)
      return;
    turn.is = is;
    turn.hopeless = false;
    turn.upgrade_id = entry.id;
    turn.status = entry.ended_us == 0
                    ? std::string(to_string(upgrade_status::rolling_forward))
                    : entry.status;
    began = entry.started_us;
    if (is == kind::under_way)
      turn.run = is_run(turn.scale_set);
  }

  /// What it says of the set that its upgrade is over: nothing, where those before it
  /// have begun anew since then, and there is something to be done for it.
  kind ended_as(const store::upgrade_entry& entry, const config::fleet_file& file,
                std::int64_t began_before) {
    const auto read = read_upgrade(*in_.store, entry, nullptr);
    if (const auto* why = std::get_if<complaint>(&read)) {
      problem_ = *why;
      return kind::over;
    }
    const auto& past = std::get<past_upgrade>(read);
    const auto completed = past.report.status == upgrade_status::completed
                           && !past.report.cancel_was_last_action;
    const auto done =
      completed && past.header.latest_model == file.request.latest_model;
    if (!done && entry.ended_us <= began_before)
      return kind::not_begun;
    return completed ? kind::completed : kind::over;
  }

  bool is_run(const std::string& scale_set) {
    const auto holder = in_.store->holder(scale_set);
    if (const auto* failed = std::get_if<store::store_error>(&holder)) {
      problem_ = failed->text;
      return false;
    }
    return is_held(std::get<store::lease>(holder), in_.is_local);
  }

  const named_store& in_;
  const config::fleet_document& file_;
  complaint problem_;
};

bool any_has_begun(const set_turn& x) {
  return x.is != kind::not_begun
         || std::any_of(x.after.begin(), x.after.end(), any_has_begun);
}

/// The first one before it, or before those, that stands so.
const set_turn* find_before(const set_turn& x, kind is) {
  for (const auto& y : x.after) {
    if (y.is == is)
      return &y;
    if (y.is != kind::not_begun)
      continue;
    if (const auto* found = find_before(y, is))
      return found;
  }
  return nullptr;
}

std::string before_text(const set_turn& x);

/// `database, whose upgrade 87e1… is under way, and after cache, which …`.
std::string befores_text(const set_turn& x) {
  std::string text;
  for (const auto& y : x.after)
    if (y.is != kind::completed)
      text += (text.empty() ? "it comes after " : ", and after ") + before_text(y);
  return text.empty() ? std::string("all that it comes after have completed") : text;
}

std::string before_text(const set_turn& x) {
  const auto name = printable(x.scale_set);
  switch (x.is) {
  case kind::under_way:
    return name + ", whose upgrade " + x.upgrade_id + " is under way"
           + (x.run ? "" : " and run by no process");
  case kind::over:
    return name
           + (x.status == to_string(upgrade_status::completed)
                ? ", which was cancelled"
                : ", which ended " + x.status);
  case kind::completed:
  case kind::not_begun:
    break;
  }
  return name + ", which has not begun either (" + befores_text(x) + ")";
}

std::string explain_hint(const set_turn& x, const std::string& file) {
  return "`drydock explain " + file + " --scale-set " + printable(x.scale_set) + "`";
}

struct advice {
  std::string action, text;
};

/// What makes it begin, beside waiting.
advice remedy_of(const set_turn& x, const std::string& file) {
  if (x.hopeless)
    return {std::string(to_string(remedy::run_again)),
            "run `drydock run " + file + "` again"};
  const auto* first = find_before(x, kind::under_way);
  if (first == nullptr)
    return {std::string(to_string(remedy::run_again)),
            "run `drydock run " + file + '`'};
  if (!first->run)
    return {std::string(to_string(remedy::resume)),
            "run `drydock resume " + file + '`'};
  return {std::string(to_string(remedy::wait)), "it begins by itself"};
}

/// With all the fields of an explanation; who waits has no instances in hand yet.
json unbegun_json(const std::string& scale_set, const std::string& text) {
  json out;
  out["scaleSet"] = scale_set.empty() ? json(nullptr) : json(scale_set);
  out["upgradeId"] = nullptr;
  out["state"] = "waiting";
  out["since"] = nullptr;
  out["asOf"] = to_iso_time(wall_now());
  out["lastEventTime"] = nullptr;
  out["text"] = text;
  out["obstacles"] = json::array();
  out["ending"] = nullptr;
  out["cancelledBy"] = nullptr;
  out["rollingBack"] = false;
  out["counts"] = nullptr;
  out["pendingOsUpgrade"] = nullptr;
  out["instances"] = json::array();
  return out;
}

json obstacle_json(const char* what, const std::string& subject, const json& since,
                   const advice& then) {
  json out{{"kind", what},
           {"since", since},
           {"until", nullptr},
           {"limit", nullptr},
           {"subject", subject},
           {"batch", nullptr},
           {"holders", json::array()},
           {"holderCount", 0},
           {"remedies", json::array()}};
  out["remedies"].push_back(json{{"action", then.action}, {"text", then.text}});
  return out;
}

} // namespace

std::variant<std::optional<set_turn>, complaint>
find_unbegun(const named_store& in, const std::filesystem::path& file,
             const std::string& scale_set) {
  const auto order = read_order(file);
  if (!order)
    return std::optional<set_turn>{};
  const auto at = std::find_if(order->sets.begin(), order->sets.end(),
                               [&](const auto& set) { return set.name == scale_set; });
  const auto i = static_cast<std::size_t>(at - order->sets.begin());
  if (at == order->sets.end() || order->after[i].empty())
    return std::optional<set_turn>{};
  order_reader reader(in, *order);
  auto turn = reader.turn_of(i);
  if (!reader.problem().empty())
    return reader.problem();
  if (turn.is != kind::not_begun || !any_has_begun(turn))
    return std::optional<set_turn>{};
  return std::optional(std::move(turn));
}

std::string describe_unbegun(const set_turn& x, const std::string& file) {
  auto text = printable(x.scale_set);
  const auto then = remedy_of(x, file);
  if (x.hopeless) {
    const auto* culprit = find_before(x, kind::over);
    return text + " is not begun: " + befores_text(x)
           + ". It does not begin by itself any more. To go on: see what "
           + explain_hint(*culprit, file) + " says, and " + then.text + '.';
  }
  text += " has not begun: " + befores_text(x) + '.';
  const auto* first = find_before(x, kind::under_way);
  if (first == nullptr)
    return text + " It begins by itself if a process runs this file. If none does: "
           + then.text + '.';
  text += " It begins when what it comes after has completed; "
          + explain_hint(*first, file) + " says what that waits for.";
  return first->run ? text : text + " To go on: " + then.text + '.';
}

int print_unbegun(const set_turn& x, const std::string& file, bool as_json) {
  const auto text = describe_unbegun(x, file);
  if (!as_json) {
    std::cout << "upgrade of " << printable(x.scale_set)
              << (x.hopeless ? ": not begun\n" : ": waiting, not begun\n") << text
              << '\n';
    return deliver(exit_done);
  }
  auto out = unbegun_json(x.scale_set, text);
  if (x.hopeless)
    out["state"] = "not_begun";
  for (const auto& y : x.after) {
    if (y.is == kind::completed)
      continue;
    out["obstacles"].push_back(
      obstacle_json("after", y.scale_set, nullptr, remedy_of(x, file)));
    out["obstacles"].back()["status"] = y.status;
  }
  std::cout << to_text(out, 2) << '\n';
  return deliver(exit_done);
}

int print_pending(const watch_record& x, const std::filesystem::path& file,
                  const std::string& scale_set, bool as_json) {
  auto text = describe_pending(x, file);
  if (!as_json) {
    std::cout << text;
    return deliver(exit_done);
  }
  text.pop_back(); // the end of the line
  auto out = unbegun_json(scale_set, text);
  out["obstacles"].push_back(
    obstacle_json("os_upgrade_approval", *x.pending, x.pending_since,
                  {std::string(to_string(remedy::approve)),
                   "run `drydock approve " + file.string() + '`'}));
  out["pendingOsUpgrade"] = pending_json(x);
  std::cout << to_text(out, 2) << '\n';
  return deliver(exit_done);
}

} // namespace drydock::cli
