// SPDX-License-Identifier: Apache-2.0
// What is in the way of an upgrade, and how it ended, in sentences.
#include "explain_views.hpp"
#include "text.hpp"

#include <algorithm>

namespace drydock::cli {

using namespace engine;

namespace {

/// A sentence names no more.
constexpr std::size_t named_max = 4;

/// Of one that is made, or is to go.
std::string surge_state_of(const holder& h) {
  const auto arrives = h.standing == instance_standing::arriving;
  switch (h.step) {
  case member_step::before_instance:
    return "in its before_instance hook before it is deleted";
  case member_step::action:
    return arrives ? "being made" : "being deleted";
  case member_step::retry:
    return arrives ? "between two attempts to make it"
                   : "between two attempts to delete it";
  case member_step::allowance:
    return "without quota, so that a member waits to be upgraded in place";
  case member_step::health:
    return "made and " + std::string(to_string(h.health));
  case member_step::min_ready:
    return "made and healthy, and to stay so";
  case member_step::terminate_notification:
    return "told that it is to be deleted";
  case member_step::none:
  case member_step::asked:
  case member_step::after_instance:
  case member_step::replacement:
  case member_step::deletion:
    break;
  }
  return arrives ? "to be made" : "to be deleted";
}

std::string state_of(const holder& h) {
  if (h.standing == instance_standing::arriving
      || h.standing == instance_standing::discarding
      || h.standing == instance_standing::leaving)
    return surge_state_of(h);
  switch (h.step) {
  case member_step::none:
    break;
  case member_step::asked:
    return "not begun";
  case member_step::before_instance:
  case member_step::after_instance:
    return "in its " + std::string(to_string(h.step)) + " hook";
  case member_step::action:
    return "at its action";
  case member_step::retry:
    return "between two attempts";
  case member_step::health:
    return h.health == health_state::healthy
             ? std::string("to be healthy")
             : "done and " + std::string(to_string(h.health));
  case member_step::min_ready:
    return "healthy, and to stay so";
  case member_step::terminate_notification:
    return "told that it is to be deleted";
  case member_step::replacement:
    return "waiting for its replacement";
  case member_step::deletion:
    return "waiting for a deletion";
  case member_step::allowance:
    return "to be upgraded in place, waiting for the allowance";
  }
  return h.action_failed ? "its action failed" : std::string(to_string(h.health));
}

/// What an instance that is made or goes is to another one.
std::string counterpart_text(const holder& h, const explained_upgrade& x) {
  if (!h.counterpart)
    return {};
  const auto id = printable(x.instances->id(*h.counterpart));
  switch (h.standing) {
  case instance_standing::arriving:
    return ", which is to replace " + id;
  case instance_standing::discarding:
    return ", which was to replace " + id + " and did not do";
  case instance_standing::leaving:
    return ", which " + id + " has replaced";
  default:
    return {};
  }
}

std::string holder_text(const holder& h, const explained_upgrade& x, instant now) {
  auto text = printable(x.instances->id(h.instance)) + counterpart_text(h, x) + " ("
              + state_of(h);
  if (h.attempt > 1)
    text += ", attempt " + std::to_string(h.attempt);
  return text + " for " + span_text(now - h.since) + ")";
}

std::string holders_text(const obstacle& o, const explained_upgrade& x, instant now) {
  std::string text;
  const auto shown = std::min(named_max, o.holders.size());
  for (std::size_t i = 0; i < shown; ++i)
    text += (i == 0 ? "" : ", ") + holder_text(o.holders[i], x, now);
  if (o.holder_count > shown)
    text +=
      (shown > 0 ? " and " : "") + std::to_string(o.holder_count - shown) + " more";
  return text;
}

std::string names_of(const std::vector<holder>& list, const explained_upgrade& x) {
  std::vector<instance_index> who;
  for (const auto& h : list)
    who.push_back(h.instance);
  return name_instances(who, who.size(), *x.instances, named_max);
}

std::string are(std::uint32_t count) {
  return std::to_string(count) + (count == 1 ? " is" : " are");
}

std::string file_of(const explained_upgrade& x) {
  return x.file.empty() ? "FILE" : x.file;
}

/// For what is about this set alone. `resume` and `run` are about all sets of the file,
/// which share a budget.
std::string set_of(const explained_upgrade& x) {
  return file_of(x)
         + (x.one_of_several ? " --scale-set " + printable(x.scale_set) : "");
}

std::string left_text(const obstacle& o, instant now) {
  return o.until ? span_text(*o.until - now) : std::string();
}

std::string budget_text(const obstacle& o, const explained_upgrade& x, instant now) {
  std::string text;
  if (o.limit && o.limit->value)
    text = o.limit->name + " = " + std::to_string(*o.limit->value) + " lets "
           + std::to_string(o.limit->allowed) + " of " + std::to_string(o.limit->of)
           + " instances be unavailable, and " + are(o.holder_count);
  else
    text = "as many instances are unavailable as may be";
  const auto who = holders_text(o, x, now);
  return text + (who.empty() ? "" : ": " + who);
}

std::string batch_text(const obstacle& o, const explained_upgrade& x, instant now) {
  const auto what = !o.subject.empty() ? o.subject
                    : o.batch == 0
                      ? std::string("previous models are given back")
                      : "batch " + std::to_string(o.batch) + " is under way";
  return what + " with " + count_of_instances(o.holder_count)
         + (o.holder_count > 1 ? " in hand, the slowest first: " : " in hand: ")
         + holders_text(o, x, now);
}

std::string hook_text(const obstacle& o, instant now) {
  auto text = "it waits for " + printable(o.subject);
  return text
         + (o.until ? ", which is tried again in " + left_text(o, now)
                    : ", which runs for " + span_text(now - o.since));
}

/// What one obstacle is, without a stop at its end.
std::string obstacle_text(const obstacle& o, const explained_upgrade& x, instant now) {
  const auto left = left_text(o, now);
  const auto who = holders_text(o, x, now);
  switch (o.kind) {
  case obstacle_kind::settling_health:
    return "it waits until the health of everybody is settled, and that of "
           + count_of_instances(o.holder_count) + " is not"
           + (who.empty() ? "" : ": " + who);
  case obstacle_kind::unavailable_instances:
    return budget_text(o, x, now);
  case obstacle_kind::initializing_candidates:
    return "no instance that could go has a settled health"
           + (who.empty() ? "" : ": " + who);
  case obstacle_kind::pause:
    return "it rests between two batches (pause_time_between_batches) for " + left
           + " more";
  case obstacle_kind::checkpoint_bake:
    return "it waits at " + printable(o.subject) + ", which bakes for " + left
           + " more, while health is judged";
  case obstacle_kind::checkpoint_approval:
    return "it waits at " + printable(o.subject) + ", which is to be approved"
           + (left.empty() ? "" : " within " + left + ", or it counts as rejected");
  case obstacle_kind::maintenance_window:
    return "no maintenance window is open"
           + (left.empty() ? "" : "; the next one opens in " + left);
  case obstacle_kind::guard:
    return "no batch may begin: " + printable(o.subject);
  case obstacle_kind::hook:
    return hook_text(o, now);
  case obstacle_kind::hook_failed:
    return "it is paused, for a hook failed: " + printable(o.subject);
  case obstacle_kind::in_hand:
    return batch_text(o, x, now);
  case obstacle_kind::deadline_near:
    return "in " + left + " progress_deadline ends the upgrade, if nothing moves";
  case obstacle_kind::no_controller:
    return "no process runs this upgrade";
  case obstacle_kind::shared_budget:
    return "its scale sets share how many instances may be unavailable, and nothing is "
           "left"
           + (o.subject.empty() ? "" : ": " + printable(o.subject));
  case obstacle_kind::repairs:
    return "it is about to end, and " + count_of_instances(o.holder_count)
           + (o.holder_count == 1 ? " is" : " are") + " under repair: " + who;
  case obstacle_kind::keeping:
    return "it upgrades nobody, and repairs instances that fall ill"
           + (who.empty()
                ? ""
                : "; " + count_of_instances(o.holder_count)
                    + (o.holder_count == 1 ? " is" : " are") + " under repair: " + who);
  case obstacle_kind::deciding:
    break;
  }
  return "what was written ends in the middle of a decision";
}

/// What may be done beside waiting.
std::string remedies_text(const obstacle& o, const explained_upgrade& x) {
  std::string text;
  for (const auto r : o.remedies) {
    const auto what = r == remedy::wait ? std::string() : remedy_in_words(r, o, x);
    if (!what.empty())
      text += (text.empty() ? "" : ", or ") + what;
  }
  return text;
}

/// Members of a batch are at work, and may be unavailable.
std::string mend_text(const obstacle& o, const explained_upgrade& x) {
  auto ill = o.holders;
  std::erase_if(ill, [](const holder& h) {
    return h.standing == instance_standing::in_hand
           || h.standing == instance_standing::rolling_back;
  });
  return ill.empty() ? "mend those that are not healthy" : "mend " + names_of(ill, x);
}

/// What keeps others back while a batch is in hand.
std::string behind_text(const obstacle& o, const explained_upgrade& x, instant now) {
  return "nobody else may go meanwhile: "
         + (o.kind == obstacle_kind::guard ? printable(o.subject)
                                           : obstacle_text(o, x, now));
}

/// Keys and identities at the beginning stay as they are written.
std::string sentence(std::string text) {
  if (text.empty())
    return text;
  const auto word = text.substr(0, text.find(' '));
  if (std::all_of(word.begin(), word.end(),
                  [](char c) { return c >= 'a' && c <= 'z'; }))
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text + (text.back() == '.' ? "" : ".");
}

std::string breach_text(const ending& e) {
  if (!e.check)
    return {};
  return " The check "
         + std::string(e.check->check == check_kind::before_batch ? "before a batch"
                                                                  : "after a batch")
         + " found " + std::to_string(e.check->unhealthy) + " of "
         + std::to_string(e.check->total) + " over the limit, which is " + e.limit
         + ".";
}

std::string ending_text(const ending& e, const explained_upgrade& x,
                        const explanation& why) {
  auto text = "It ended " + span_text(why.since - instant{}) + " after its start as "
              + std::string(to_string(e.status));
  if (!e.code.empty())
    text += " (" + e.code + ")";
  if (e.cause == ending_cause::abandoned)
    return text + ": nobody ran it any more, and it was given up as it stood.";
  if (!e.by.empty())
    text += e.cause == ending_cause::cancelled ? ", cancelled by " + printable(e.by)
                                               : ", by the word of " + printable(e.by);
  text += e.message.empty() ? std::string(".") : ": " + sentence(printable(e.message));
  text += breach_text(e);
  if (e.waited_for)
    text += " It had waited for " + std::string(to_string(*e.waited_for)) + ".";
  if (!e.instances.empty())
    text += " Held against it: " + names_of(e.instances, x) + ".";
  return text;
}

} // namespace

std::string span_text(duration d) {
  const auto all =
    std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(d).count());
  const auto part = [](std::int64_t n, const char* unit) {
    return n == 0 ? std::string() : ' ' + std::to_string(n) + unit;
  };
  if (all < 60)
    return std::to_string(all) + "s";
  if (all < 3600)
    return std::to_string(all / 60) + "m" + part(all % 60, "s");
  if (all < 86400)
    return std::to_string(all / 3600) + "h" + part(all / 60 % 60, "m");
  return std::to_string(all / 86400) + "d" + part(all / 3600 % 24, "h");
}

std::string remedy_in_words(remedy what, const obstacle& of,
                            const explained_upgrade& x) {
  const auto file = file_of(x);
  switch (what) {
  case remedy::wait:
    if (of.kind == obstacle_kind::deciding)
      return "look again in a moment";
    return "it goes on by itself";
  case remedy::mend_instances:
    if (of.kind == obstacle_kind::in_hand && !of.holders.empty())
      return "mend " + printable(x.instances->id(of.holders.front().instance));
    return mend_text(of, x);
  case remedy::look_at_step:
    return of.holders.empty()
             ? std::string()
             : "look at what " + printable(x.instances->id(of.holders.front().instance))
                 + " does";
  case remedy::mend_guard:
    return "mend what the guard watches";
  case remedy::mend_hook:
    return of.kind == obstacle_kind::hook ? "look at what the hook does"
                                          : "mend the hook";
  case remedy::approve:
    return of.kind == obstacle_kind::hook_failed
             ? "run it again with `drydock approve " + set_of(x) + "`"
             : "run `drydock approve " + set_of(x) + "`";
  case remedy::raise_limit:
    return "cancel it and run again with a larger "
           + (of.limit ? of.limit->name : std::string("limit"))
           + ", for one that runs keeps its policy";
  case remedy::cancel_now:
    return "end it at once with `drydock cancel " + set_of(x) + " --now`";
  case remedy::resume:
    return "run `drydock resume " + file + "`";
  case remedy::mend_other_sets:
    return "mend what is unavailable in those that hold it";
  case remedy::run_again:
    break;
  }
  return "run `drydock run " + file + "` again";
}

std::string reason_in_words(const explained_upgrade& x, const explanation& why) {
  return why.obstacles.empty()
           ? std::string()
           : sentence(obstacle_text(why.obstacles.front(), x, why.now));
}

std::string explain_in_words(const explained_upgrade& x, const explanation& why) {
  if (why.end)
    return ending_text(*why.end, x, why);
  std::string text;
  auto runs = true;
  auto in_hand = false;
  for (const auto& o : why.obstacles) {
    const auto beside = in_hand && o.kind != obstacle_kind::deadline_near;
    text +=
      (text.empty() ? "" : " ")
      + sentence(beside ? behind_text(o, x, why.now) : obstacle_text(o, x, why.now));
    if (o.kind == obstacle_kind::deadline_near)
      continue; // what to do is said already
    in_hand = in_hand || o.kind == obstacle_kind::in_hand;
    runs = runs && o.kind != obstacle_kind::no_controller;
    const auto waits = !o.remedies.empty() && o.remedies.front() == remedy::wait;
    if (waits && !runs)
      continue; // nothing goes on by itself, and there is nothing to look at
    if (o.kind == obstacle_kind::in_hand && o.until && o.limit
        && o.limit->name == "health_timeout")
      text += " After " + left_text(o, why.now)
              + " more (health_timeout) the first counts as failed.";
    if (waits)
      text += ' ' + sentence(remedy_in_words(remedy::wait, o, x));
    if (const auto what = remedies_text(o, x); !what.empty())
      text += (waits ? " If it does not: " : " To go on: ") + what + '.';
  }
  if (why.cancelling)
    text += " A cancel was asked for"
            + (why.cancelled_by.empty() ? "" : " by " + printable(why.cancelled_by))
            + ": it ends when what has begun is over.";
  return text;
}

} // namespace drydock::cli
