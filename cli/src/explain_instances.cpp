// SPDX-License-Identifier: Apache-2.0
// Why instances are where they are, in words.
#include "explain_views.hpp"
#include "text.hpp"

#include <map>
#include <tuple>

namespace drydock::cli {

using namespace engine;

namespace {

/// A line names no more.
constexpr std::size_t named_max = 5;

std::string standing_text(instance_standing x) {
  switch (x) {
  case instance_standing::pending:
    return "left";
  case instance_standing::up_to_date:
    return "up to date";
  case instance_standing::in_hand:
    return "in hand";
  case instance_standing::rolling_back:
    return "getting the previous model back";
  case instance_standing::untouched:
    return "not touched";
  case instance_standing::arriving:
    return "being made";
  case instance_standing::discarding:
  case instance_standing::leaving:
    return "being deleted";
  case instance_standing::succeeded:
  case instance_standing::failed:
  case instance_standing::skipped:
  case instance_standing::deleted:
    break;
  }
  return std::string(to_string(x));
}

/// Of those that are made and deleted.
std::string surge_text(instance_why x, bool one) {
  switch (x) {
  case instance_why::replaces_member:
    return one ? "it replaces another one" : "they replace others";
  case instance_why::replaced:
    return std::string(one ? "its replacement serves" : "their replacements serve");
  case instance_why::discarded:
    return "made to replace " + std::string(one ? "another one" : "others")
           + ", which came to nothing";
  case instance_why::left_over:
    return std::string(one ? "it" : "they") + " may be left over";
  case instance_why::scale_in:
    return one ? "it was chosen as the capacity goes down"
               : "they were chosen as the capacity goes down";
  case instance_why::scale_out:
    return one ? "it is new as the capacity goes up"
               : "they are new as the capacity goes up";
  default:
    return "upgraded in place, for there was no quota to replace "
           + std::string(one ? "it" : "them");
  }
}

/// After the standing and a comma; empty: it says all.
std::string why_text(instance_why x, bool one) {
  switch (x) {
  case instance_why::in_order:
  case instance_why::at_once:
  case instance_why::deleted:
    return {};
  case instance_why::unhealthy_first:
    return "unhealthy ones go first";
  case instance_why::room_in_batch:
    return "others settled and made room";
  case instance_why::latest_model:
    return "running the latest model before";
  case instance_why::nothing_to_change:
    return "the change touches no instance";
  case instance_why::is_protected:
    return "protected from scale set actions";
  case instance_why::skip_upgrade:
    return "by the metric SkipUpgrade";
  case instance_why::not_named:
    return "not named by --instances";
  case instance_why::later_phase:
    return std::string("a phase before ") + (one ? "its own" : "theirs")
           + " is not over";
  case instance_why::later_zone:
    return std::string("a zone before ") + (one ? "its own" : "theirs") + " is in hand";
  case instance_why::later_update_domain:
    return std::string("an update domain before ") + (one ? "its own" : "theirs")
           + " is in hand";
  case instance_why::batch_full:
    return "the batch in hand is full";
  case instance_why::allowance:
    return "no more may be unavailable";
  case instance_why::initializing:
    return std::string(one ? "its" : "their") + " health is not settled";
  case instance_why::checkpoint:
    return "a checkpoint comes first";
  case instance_why::held:
    return std::string("what holds the upgrade holds ") + (one ? "it" : "them");
  case instance_why::batch_in_hand:
    return "the batch in hand comes first";
  case instance_why::taken_back:
    return std::string("a cancel came before anything was done to ")
           + (one ? "it" : "them");
  case instance_why::rolled_back:
    return one ? "it has its previous model again"
               : "they have their previous model again";
  case instance_why::replaces_member:
  case instance_why::replaced:
  case instance_why::discarded:
  case instance_why::left_over:
  case instance_why::quota_short:
  case instance_why::scale_in:
  case instance_why::scale_out:
    return surge_text(x, one);
  case instance_why::upgrade_ended:
    break;
  }
  return std::string("the upgrade ended before ") + (one ? "its" : "their") + " turn";
}

std::string bound_text(batch_bound x) {
  switch (x) {
  case batch_bound::batch_instances:
    return "it had as many members as a batch may have";
  case batch_bound::unavailable_instances:
    return "it had as many as may be unavailable";
  case batch_bound::checkpoint:
    return "it had as many as the next checkpoint let go";
  case batch_bound::shared_budget:
    return "it had as many as the shared budget left it";
  case batch_bound::group:
    break;
  }
  return "it had all that were left of its place";
}

std::string taken_text(const instance_explanation& e, const explained_upgrade& x) {
  const auto place = describe_place(e.place, *x.instances);
  auto text = " was taken in batch " + std::to_string(e.batch);
  if (e.why == instance_why::unhealthy_first)
    text += ", because unhealthy ones go first";
  else if (e.why == instance_why::room_in_batch)
    text += ", because others had settled and made room";
  else if (e.why == instance_why::in_order)
    text += ", because it was next" + (place.empty() ? "" : " in " + place);
  else if (e.why == instance_why::quota_short)
    text += ", and is upgraded in place, for there was no quota to replace it";
  if (e.bound)
    text += "; " + bound_text(*e.bound);
  return text + ".";
}

/// A batch took it, and that is not undone. Those that are in no count are told of by
/// what they are.
bool was_taken(const instance_explanation& e) {
  switch (e.why) {
  case instance_why::replaces_member:
  case instance_why::replaced:
  case instance_why::discarded:
  case instance_why::left_over:
    return false;
  default:
    return e.batch > 0 && e.standing != instance_standing::pending;
  }
}

std::string step_text(const instance_explanation& e) {
  if (e.step == member_step::none)
    return {};
  if (e.step == member_step::replacement)
    return ", waiting for its replacement";
  if (e.step == member_step::deletion)
    return e.replaces ? ", waiting until the one that it replaced is deleted"
                      : ", waiting until the one that was to replace it is deleted";
  if (e.step == member_step::allowance)
    return e.standing == instance_standing::arriving
             ? ", but without quota,"
             : ", to be upgraded in place and waiting for the allowance";
  auto text = ": " + std::string(to_string(e.step));
  if (e.attempt > 1)
    text += ", attempt " + std::to_string(e.attempt);
  return text;
}

std::string times_text(std::uint32_t n) {
  return n == 1 ? "once" : std::to_string(n) + " times";
}

std::string repair_text(const instance_explanation& e, instant now) {
  std::string text;
  if (e.repairs_succeeded > 0)
    text += " It was repaired " + times_text(e.repairs_succeeded) + ".";
  if (e.repairs_failed > 0)
    text += " A repair did not help " + times_text(e.repairs_failed) + ".";
  switch (e.repair) {
  case repair_why::none:
    return text;
  case repair_why::under_repair:
    return text + " It is under repair.";
  case repair_why::grace_period:
    return text + " It is not repaired yet: its grace period ends in "
           + span_text(*e.repair_until - now) + ".";
  case repair_why::bound:
    return text
           + " It is not repaired yet: as many as may be at once (5 %) are under "
             "repair, or its place was used for a replacement already.";
  case repair_why::is_protected:
    return text + " It is not repaired, because it is protected.";
  case repair_why::suspended:
    return text + " It is not repaired, because repairs are suspended.";
  case repair_why::not_now:
    break;
  }
  return text
         + " It is not repaired now: the upgrade is about to end, or its health "
           "is to be seen again first.";
}

} // namespace

std::string groups_in_words(const explained_upgrade& x, const explanation& why) {
  struct group {
    std::size_t count = 0;
    std::vector<instance_index> first;
  };
  // In the order of standings; members' reasons for being taken do not set them apart.
  std::map<std::tuple<instance_standing, instance_why, failure_reason>, group> groups;
  for (instance_index i = 0; i < x.account.size(); ++i) {
    if (!x.account.knows(i))
      continue;
    const auto e = x.account.explain(i, why);
    const auto taken = was_taken(e);
    auto& g = groups[{e.standing, taken ? instance_why::in_order : e.why, e.reason}];
    if (++g.count <= named_max)
      g.first.push_back(i);
  }
  std::string text;
  for (const auto& [key, g] : groups) {
    const auto& [standing, reason, failure] = key;
    text += "  " + std::to_string(g.count) + ' ' + standing_text(standing);
    auto what = why_text(reason, g.count == 1);
    if (failure != failure_reason::none && what.empty())
      what = to_string(failure);
    text += what.empty() ? "" : " (" + what + ")";
    text += ": " + name_instances(g.first, g.count, *x.instances, named_max) + '\n';
  }
  if (why.unnamed > 0)
    text += "  " + std::to_string(why.unnamed) + " more that no event names\n";
  return text;
}

std::string instance_in_words(const explained_upgrade& x, const explanation& why,
                              instance_index i) {
  const auto e = x.account.explain(i, why);
  const auto id = printable(x.instances->id(i));
  const auto taken = was_taken(e);
  auto text = taken ? id + taken_text(e, x) + " It" : id;
  const auto length = span_text(why.now - e.since);
  if (e.standing == instance_standing::failed
      || e.standing == instance_standing::succeeded)
    text += ' ' + standing_text(e.standing) + ' ' + length + " ago";
  else
    text += " is " + standing_text(e.standing) + step_text(e) + " for " + length;
  if (const auto reason = taken ? std::string() : why_text(e.why, true);
      !reason.empty())
    text += ": " + reason;
  if (e.reason != failure_reason::none)
    text += ": " + std::string(to_string(e.reason));
  if (!e.message.empty())
    text += ": " + printable(e.message);
  if (text.back() != '.')
    text += '.';
  if (e.replaces)
    text += " It was made to replace " + printable(x.instances->id(*e.replaces)) + ".";
  if (e.replaced_by)
    text += " Its replacement is " + printable(x.instances->id(*e.replaced_by)) + ".";
  if (e.health != health_state::initializing)
    text += " Its health is " + std::string(to_string(e.health)) + ".";
  return text + repair_text(e, why.now);
}

} // namespace drydock::cli
