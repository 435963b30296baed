// SPDX-License-Identifier: Apache-2.0
#include "event_reader.hpp"

#include "event_fields.hpp"

#include <cmath>
#include <cstdio>

namespace drydock::cli {

using namespace engine;

namespace {

constexpr std::string_view advice =
  "; explain reads what `drydock run --events FILE` wrote, from its first line on";

/// Thirty years: longer upgrades are mistakes, and would overflow.
constexpr double seconds_max = 1e9;

/// `2026-01-01T00:00:00.000Z`.
std::optional<wall_time> read_time(const std::string& text) {
  int year = 0, milliseconds = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  char zone = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2u:%2u:%2u.%3d%c", &year, &month, &day,
                  &hour, &minute, &second, &milliseconds, &zone)
        != 8
      || zone != 'Z')
    return std::nullopt;
  const std::chrono::year_month_day date{
    std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  // What a time in nanoseconds can hold.
  if (!date.ok() || year < 1970 || year > 2200 || milliseconds < 0)
    return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hour}
         + std::chrono::minutes{minute} + std::chrono::seconds{second}
         + std::chrono::milliseconds{milliseconds};
}

step_kind to_step(const std::string& name) {
  if (name == action_name(step_kind::before_instance, apply_class::none))
    return step_kind::before_instance;
  if (name == action_name(step_kind::terminate_notification, apply_class::none))
    return step_kind::terminate_notification;
  return name == action_name(step_kind::after_instance, apply_class::none)
           ? step_kind::after_instance
           : step_kind::action;
}

/// `SCALE_SET/virtualMachines/ID`.
std::string id_of(const std::string& target) {
  constexpr std::string_view middle = "/virtualMachines/";
  const auto at = target.find(middle);
  return at == std::string::npos ? target : target.substr(at + middle.size());
}

} // namespace

/// One line, taken apart. What is missing or of another kind throws.
struct event_reader::line {
  event_reader& to;
  const json& from;
  duration at;
  wall_time time;

  [[nodiscard]] instance_index who() const {
    return to.position_of(from.at("instance").get<std::string>());
  }
  [[nodiscard]] std::vector<instance_index>
  everyone(const char* key = "instances") const {
    std::vector<instance_index> list;
    for (const auto& x : from.at(key))
      list.push_back(to.position_of(x.get<std::string>()));
    return list;
  }

  [[nodiscard]] told::upgrade_started upgrade_started() const {
    return {
      known<upgrade_mode>(from, "mode", 3),    from.at("total").get<std::uint32_t>(),
      from.at("pending").get<std::uint32_t>(), from.at("upToDate").get<std::uint32_t>(),
      from.at("skipped").get<std::uint32_t>(), known<apply_class>(from, "action", 5)};
  }

  [[nodiscard]] told::check_judged check(bool failed) const {
    return {
      from.at("check").get<std::string>() == "beforeBatch" ? check_kind::before_batch
                                                           : check_kind::after_batch,
      from.at("unhealthy").get<std::uint32_t>(), from.at("total").get<std::uint32_t>(),
      from.at("thresholdPercent").get<int>(),
      failed ? from.at("code").get<std::string>() : std::string()};
  }

  /// Of `count` reasons the one that is told; `otherwise`, where it is another one.
  template <class Reason>
  [[nodiscard]] Reason reason(int count, Reason otherwise) const {
    return value_of<Reason>(text_or_nothing(from, "reason"), count).value_or(otherwise);
  }
  [[nodiscard]] bool surge() const {
    const auto said = from.find("surge");
    return said != from.end() && said->get<bool>();
  }
  [[nodiscard]] work_kind kind_of_work() const {
    const auto action = from.at("action").get<std::string>();
    const auto is = [&](work_kind x) {
      return action == action_name(step_kind::action, apply_class::none, x);
    };
    // Whoever is deleted is known by where it stood.
    return is(work_kind::create)   ? work_kind::create
           : is(work_kind::remove) ? work_kind::remove
                                   : work_kind::upgrade;
  }

  [[nodiscard]] batch_place place() const {
    batch_place x{custom_metrics::no_phase, fleet::no_zone, fleet::no_update_domain};
    if (const auto& phase = from.at("phase"); !phase.is_null())
      x.phase = phase.get<std::int64_t>();
    if (const auto& domain = from.at("updateDomain"); !domain.is_null())
      x.update_domain = domain.get<std::uint32_t>();
    const auto name = text_or_nothing(from, "zone");
    const auto& zones = to.instances_->zones();
    for (std::size_t i = 0; i < zones.size(); ++i)
      if (zones[i] == name)
        x.zone = static_cast<std::uint16_t>(i);
    return x;
  }

  [[nodiscard]] told::batch_started batch_started() const {
    return {from.at("batch").get<std::uint32_t>(),
            place(),
            everyone(),
            {count_or_0(from, "cap"), count_or_0(from, "allowance")},
            from.at("unavailable").get<std::uint32_t>(),
            known<batch_bound>(from, "reason", 5),
            surge()};
  }

  /// One that replaces nobody is named for itself.
  [[nodiscard]] told::instance_created created() const {
    const auto i = who();
    const auto replaces = text_or_nothing(from, "replaces");
    return {i, replaces.empty() ? i : to.position_of(replaces),
            reason(3, creation_reason::surge)};
  }

  [[nodiscard]] told::instance_settled settled() const {
    told::instance_settled x{who(), failure_reason::none, false,
                             text_or_nothing(from, "message")};
    if (const auto reason = text_or_nothing(from, "reason"); !reason.empty())
      x.reason =
        value_of<failure_reason>(reason, 7).value_or(failure_reason::action_failed);
    x.action_failed = x.reason == failure_reason::action_failed
                      || x.reason == failure_reason::action_timed_out;
    return x;
  }

  /// From this line to the time under `key`; nothing: there is none.
  [[nodiscard]] std::optional<duration> time_to(const char* key) const {
    const auto text = text_or_nothing(from, key);
    if (text.empty())
      return std::nullopt;
    const auto end = read_time(text);
    if (!end)
      throw json::other_error::create(501, '"' + std::string(key) + "\" is no time",
                                      &from);
    return *end - time;
  }

  [[nodiscard]] told::step_started step_started() const {
    told::step_started x;
    x.instance = who();
    x.step = to_step(from.at("action").get<std::string>());
    x.attempt = from.at("attempt").get<std::uint32_t>();
    x.work = kind_of_work();
    x.not_before = time_to("notBefore");
    return x;
  }

  [[nodiscard]] told::waiting waiting() const {
    told::waiting x;
    x.reason = known<wait_reason>(from, "reason", 11);
    x.remaining = time_to("until");
    if (x.remaining)
      x.until = instant{} + at + *x.remaining;
    x.limit = text_or_nothing(from, "limit");
    x.holders = everyone();
    x.holder_count = from.at("instanceCount").get<std::uint32_t>();
    x.question = count_or_0(from, "question");
    return x;
  }

  [[nodiscard]] told::step_finished step_finished() const {
    return {who(),
            to_step(from.at("action").get<std::string>()),
            apply_class::none,
            from.at("attempt").get<std::uint32_t>(),
            known<step_outcome>(from, "outcome", 6),
            text_or_nothing(from, "error"),
            kind_of_work()};
  }

  [[nodiscard]] told::upgrade_finished finished() const {
    told::upgrade_finished x;
    x.status = known<upgrade_status>(from, "code", 4);
    const auto& error = from.at("error");
    if (error.is_null())
      return x;
    x.error.code = text_or_nothing(error, "code");
    x.error.message = text_or_nothing(error, "message");
    if (const auto details = error.find("details"); details != error.end())
      for (const auto& d : *details) {
        x.error.details.push_back(
          {text_or_nothing(d, "code"), text_or_nothing(d, "message"),
           to.position_of(id_of(text_or_nothing(d, "target")))});
      }
    return x;
  }

  [[nodiscard]] upgrade_hook hook() const {
    return known<upgrade_hook>(from, "hook", 4);
  }

  /// Nothing: an event of a later version.
  [[nodiscard]] std::optional<upgrade_event> work(const std::string& name) const {
    if (name == "action_started")
      return step_started();
    if (name == "action_finished")
      return step_finished();
    if (name == "health_changed")
      return told::health_changed{who(), known<health_state>(from, "from", 4),
                                  known<health_state>(from, "to", 4)};
    if (name == "instance_settled")
      return settled();
    if (name == "instance_released")
      return told::instance_released{who(), reason(2, release_reason::cancelled)};
    if (name == "instance_deleted")
      return told::instance_deleted{who(), reason(5, deletion_reason::deleted)};
    if (name == "instance_created")
      return created();
    if (name == "instance_replaced")
      return told::instance_replaced{
        who(), to.position_of(from.at("replacement").get<std::string>())};
    if (name == "surge_short")
      return told::surge_short{from.at("batch").get<std::uint32_t>(), everyone()};
    if (name == "instance_skipped")
      return told::instance_skipped{who(), known<skip_reason>(from, "reason", 2)};
    if (name == "rollback_started")
      return told::rollback_started{who()};
    if (name == "rollback_finished")
      return told::rollback_finished{
        who(), from.at("outcome").get<std::string>() == "succeeded", false,
        text_or_nothing(from, "message"), from.value("lags", false)};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<upgrade_event> holds(const std::string& name) const {
    if (name == "waiting")
      return waiting();
    if (name == "hook_started")
      return told::hook_started{hook(), count_or_0(from, "batch"),
                                count_or_0(from, "attempt")};
    if (name == "hook_finished")
      return told::hook_finished{
        hook(), count_or_0(from, "batch"), count_or_0(from, "attempt"),
        known<step_outcome>(from, "outcome", 5), text_or_nothing(from, "error")};
    if (name == "checkpoint_reached")
      return told::checkpoint_reached{};
    if (name == "checkpoint_passed" || name == "checkpoint_rejected")
      return told::checkpoint_left{
        from.at("checkpoint").get<int>(), name == "checkpoint_passed",
        text_or_nothing(from, "by"), text_or_nothing(from, "message")};
    if (name == "guard_changed") {
      const auto guard = text_or_nothing(from, "guard");
      return told::guard_changed{to.number_of_guard(guard), guard,
                                 known<guard_state>(from, "state", 3),
                                 text_or_nothing(from, "message")};
    }
    if (name == "scaling_started")
      return told::scaling_started{count_or_0(from, "capacityBefore"),
                                   count_or_0(from, "capacity"), everyone("leaving"),
                                   everyone("arriving")};
    if (name == "scaling_finished")
      return told::scaling_finished{count_or_0(from, "created"),
                                    count_or_0(from, "deleted"),
                                    count_or_0(from, "failed")};
    if (name == "pause_ended")
      return told::pause_ended{text_or_nothing(from, "by")};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<upgrade_event> repairs(const std::string& name) const {
    if (name == "repair_started")
      return told::repair_started{who(), known<repair_action>(from, "action", 3)};
    if (name == "repair_finished")
      return told::repair_finished{who(), known<repair_outcome>(from, "outcome", 3),
                                   failure_reason::none,
                                   text_or_nothing(from, "message")};
    if (name == "repairs_suspended")
      return told::repairs_suspended{text_or_nothing(from, "by"),
                                     count_or_0(from, "failedInARow")};
    if (name == "repairs_resumed")
      return told::repairs_resumed{text_or_nothing(from, "by")};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<upgrade_event> event(const std::string& name) const {
    if (name == "upgrade_started")
      return upgrade_started();
    if (name == "check_passed" || name == "check_failed")
      return check(name == "check_failed");
    if (name == "batch_started")
      return batch_started();
    if (name == "batch_extended")
      return told::batch_extended{from.at("batch").get<std::uint32_t>(), everyone(),
                                  surge()};
    if (name == "batch_finished")
      return told::batch_finished{from.at("batch").get<std::uint32_t>(),
                                  count_or_0(from, "succeeded"),
                                  count_or_0(from, "failed")};
    if (name == "cancel_requested")
      return told::cancel_requested{text_or_nothing(from, "by"),
                                    from.at("now").get<bool>()};
    if (name == "upgrade_resumed")
      return told::upgrade_resumed{everyone()};
    if (name == "upgrade_finished")
      return finished();
    if (auto x = work(name))
      return x;
    auto x = holds(name);
    return x ? x : repairs(name);
  }
};

instance_index event_reader::position_of(const std::string& id) {
  const auto [at, fresh] =
    positions_.try_emplace(id, static_cast<instance_index>(positions_.size()));
  if (fresh) {
    instance_spec spec;
    spec.id = id;
    instances_->add(spec);
  }
  return at->second;
}

std::uint32_t event_reader::number_of_guard(const std::string& name) {
  return guards_.try_emplace(name, static_cast<std::uint32_t>(guards_.size()))
    .first->second;
}

std::string event_reader::take(std::string_view text) try {
  const auto object = json::parse(text, nullptr, false);
  if (!object.is_object() || !object.contains("event"))
    return "this line is no event" + std::string(advice);
  const auto name = object.at("event").get<std::string>();
  const auto seconds = object.at("elapsedSeconds").get<double>();
  const auto time = read_time(object.at("time").get<std::string>());
  if (!(seconds >= 0.0 && seconds <= seconds_max) || !time)
    return "this event has no time" + std::string(advice);
  const duration at = std::chrono::microseconds(std::llround(seconds * 1e6));
  if (name == "upgrade_started") {
    const auto health = object.find("health");
    positions_.clear();
    guards_.clear();
    instances_ = std::make_shared<fleet>(zones_);
    start_ = *time - at;
    account_.emplace(
      explained{instances_, health != object.end() && !health->is_null(), {}});
  } else if (!account_) {
    return "this event comes before any upgrade_started" + std::string(advice);
  }
  last_ = at;
  if (const auto event = line{*this, object, at, *time}.event(name))
    account_->take(*event, instant{} + at);
  return {};
} catch (const json::exception&) {
  return "this event is not as drydock writes it" + std::string(advice);
}

std::optional<std::string> event_reader::zone_of(std::string_view text) {
  if (text.find("\"batch_started\"") == std::string_view::npos)
    return std::nullopt;
  const auto object = json::parse(text, nullptr, false);
  if (!object.is_object())
    return std::nullopt;
  const auto zone = object.find("zone");
  if (zone == object.end() || !zone->is_string())
    return std::nullopt;
  return zone->get<std::string>();
}

} // namespace drydock::cli
