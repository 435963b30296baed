// SPDX-License-Identifier: Apache-2.0
// Decides an upgrade again from its journal, under its own policy or another one.
#include "commands.hpp"
#include "json_output.hpp"
#include "past_upgrade.hpp"
#include "text.hpp"

#include "drydock/journal/replay.hpp"
#include "drydock/journal/what_if.hpp"
#include "drydock/store/stored_journal.hpp"

#include <iostream>

namespace drydock::cli {

using namespace engine;

namespace {

/// An upgrade, decided again.
struct replayed {
  std::uint64_t turns = 0;
  std::optional<journal::difference> first;
  std::optional<journal::policy_comparison> trial;
  instant start{};
};

std::variant<replayed, complaint> replay(store::upgrade_store& from,
                                         const past_upgrade& x,
                                         const std::optional<upgrade_policy>& other) {
  replayed result;
  journal::replayer again(x.header);
  std::optional<journal::policy_trial> trial;
  if (other)
    trial.emplace(x.header, other->rolling);
  const auto failed = store::read_turns(from, x.entry.id, [&](journal::turn&& turn) {
    if (again.turns() == 0)
      result.start = turn.at;
    if (auto difference = again.take(turn); difference && !result.first)
      result.first = std::move(difference);
    if (trial)
      trial->take(turn);
    return true;
  });
  if (failed)
    return failed->text;
  result.turns = again.turns();
  if (trial)
    result.trial = trial->finish();
  return result;
}

std::string ending_of(const journal::policy_course& x) {
  using ending = journal::policy_course::ending;
  switch (x.end) {
  case ending::completed:
    return "Completed";
  case ending::faulted:
    return "Faulted";
  case ending::cancelled:
    return "Cancelled";
  case ending::open:
    break;
  }
  return "open";
}

json course_json(const journal::policy_course& x, instant start) {
  return {{"code", ending_of(x)},
          {"errorCode", x.code.empty() ? json(nullptr) : json(x.code)},
          {"reason", x.reason.empty() ? json(nullptr) : json(x.reason)},
          {"elapsedSeconds", rounded_seconds(x.at - start)},
          {"batchCount", x.batches},
          {"touchedInstanceCount", x.touched},
          {"failedInstanceCount", x.failed}};
}

json replay_json(const replayed& r, const std::string& id) {
  json out;
  out["upgradeId"] = id;
  out["turns"] = r.turns;
  out["equal"] = !r.first;
  out["difference"] = nullptr;
  if (r.first)
    out["difference"] = {{"turn", r.first->turn},
                         {"elapsedSeconds", rounded_seconds(r.first->at - r.start)},
                         {"recorded", r.first->recorded},
                         {"derived", r.first->derived}};
  if (!r.trial)
    return out;
  const auto& t = *r.trial;
  auto& policy = out["policy"];
  policy["approximate"] = t.approximate();
  policy["firstDifference"] = nullptr;
  if (t.first)
    policy["firstDifference"] = {
      {"turn", t.first->turn},
      {"elapsedSeconds", rounded_seconds(t.first->at - r.start)},
      {"recorded", t.first->recorded},
      {"other", t.first->other}};
  policy["recorded"] = course_json(t.recorded, r.start);
  policy["other"] = course_json(t.other, r.start);
  return out;
}

std::string course_text(const journal::policy_course& x, instant start) {
  auto text = ending_of(x);
  if (!x.code.empty())
    text += " (" + x.code + ")";
  text += " at " + seconds_text(x.at - start) + ", after " + std::to_string(x.batches)
          + (x.batches == 1 ? " batch" : " batches") + " and "
          + count_of_instances(x.touched) + ", " + std::to_string(x.failed) + " failed";
  return x.reason.empty() ? text : text + ": " + x.reason;
}

void print_trial(const journal::policy_comparison& t, instant start) {
  if (!t.first) {
    std::cout
      << (t.outcomes_assumed
            ? "the other policy decides alike, if the work on instances ends as "
              "it did: approximate\n"
            : "the other policy decides alike from the first turn to the last\n");
    return;
  }
  std::cout << "the other policy decides otherwise from turn " << t.first->turn << ", "
            << seconds_text(t.first->at - start) << " after the start:\n"
            << "  then:  " << t.first->recorded << '\n'
            << "  other: " << t.first->other << '\n'
            << "what follows is approximate: the fleet was never asked\n"
            << "  then:  " << course_text(t.recorded, start) << '\n'
            << "  other: " << course_text(t.other, start) << '\n';
}

void print(const replayed& r, const std::string& id) {
  if (r.first)
    std::cout << "upgrade " << id << " is decided otherwise at turn " << r.first->turn
              << " of " << r.turns << ":\n  recorded: " << r.first->recorded
              << "\n  derived:  " << r.first->derived << '\n';
  else
    std::cout << "upgrade " << id << ": all " << r.turns
              << " turns are decided again as they were, byte for byte\n";
  if (r.trial)
    print_trial(*r.trial, r.start);
}

/// Why nobody can say what the other policy would have done; empty: it is tried.
complaint refuse_trial(const past_upgrade& past, const upgrade_policy& other) {
  const auto& then = past.header.rollout;
  const auto which = "upgrade " + past.entry.id;
  if (then.policy.mode != upgrade_mode::rolling)
    return which
           + " was not in rolling mode, so that no other numbers would have "
             "decided it otherwise";
  if (then.shared_budget > 0)
    return which
           + " shared a budget with other scale sets, and nobody knows what they "
             "would have left it under another policy";
  // Nobody could be replaced there, so that max_surge would change nothing.
  if (other.rolling.max_surge && !past.header.instances->has_replacements())
    return which
           + " was done in place, and nobody knows what would have become of "
             "replacements (max_surge); see what they come to with `drydock rehearse`";
  return {};
}

} // namespace

int replay_command(const store_options& options, signal_watch& signals) {
  std::optional<upgrade_policy> other;
  if (options.policy) {
    const auto file = load_or_complain(*options.policy, signals, {}, options.scale_set);
    if (!file)
      return exit_refused;
    other = file->request.policy;
  }
  auto opened = open_upgrade(options.where, options.id);
  if (const auto* why = std::get_if<complaint>(&opened))
    return complain(*why);
  const auto& [in, past] = std::get<kept_upgrade>(opened);
  if (const auto why = other ? refuse_trial(past, *other) : complaint{}; !why.empty())
    return complain(why);
  auto result = replay(*in.store, past, other);
  if (const auto* why = std::get_if<complaint>(&result))
    return complain(*why);
  const auto& r = std::get<replayed>(result);
  if (options.json)
    std::cout << to_text(replay_json(r, past.entry.id), 2) << '\n';
  else
    print(r, past.entry.id);
  return deliver(r.first ? exit_died : exit_done);
}

} // namespace drydock::cli
