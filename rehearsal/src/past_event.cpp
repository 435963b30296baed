// SPDX-License-Identifier: Apache-2.0
#include "past_event.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <limits>

namespace drydock::inline v1::rehearsal {

namespace {

using nlohmann::json;
using kind = past_event::kind;

constexpr std::string_view advice =
  "; learn reads what `drydock run --events FILE` wrote, line by line";

struct event_name {
  std::string_view name;
  kind what;
};

constexpr std::array<event_name, 17> names{{
  {"upgrade_started", kind::upgrade_started},
  {"upgrade_finished", kind::upgrade_finished},
  {"batch_started", kind::batch_started},
  {"batch_extended", kind::batch_started},
  {"action_started", kind::action_started},
  {"action_finished", kind::action_finished},
  {"health_changed", kind::health_changed},
  {"instance_settled", kind::instance_settled},
  {"instance_released", kind::instance_released},
  {"instance_deleted", kind::instance_deleted},
  {"instance_replaced", kind::instance_replaced},
  {"rollback_started", kind::rollback_started},
  {"rollback_finished", kind::rollback_finished},
  {"repair_started", kind::repair_started},
  {"repair_finished", kind::repair_finished},
  {"cancel_requested", kind::cancel_requested},
  {"upgrade_resumed", kind::upgrade_resumed},
}};

kind kind_of(std::string_view name) {
  for (const auto& known : names)
    if (known.name == name)
      return known.what;
  return kind::other;
}

/// Thirty years: longer runs are mistakes, and would overflow.
constexpr double seconds_max = 1e9;

/// Events hold microseconds; a number that is not finite, negative or too large is
/// no length.
std::optional<engine::duration> to_length(const json& x) {
  if (!x.is_number())
    return std::nullopt;
  const auto seconds = x.get<double>();
  if (!(seconds >= 0.0 && seconds <= seconds_max))
    return std::nullopt;
  return std::chrono::microseconds(std::llround(seconds * 1e6));
}

std::optional<std::uint32_t> to_count(const json& x) {
  if (!x.is_number_unsigned())
    return std::nullopt;
  const auto value = x.get<std::uint64_t>();
  if (value == 0 || value > std::numeric_limits<std::uint32_t>::max())
    return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

/// Reads fields of one object, and keeps the first that is not as it should be.
class field_reader {
public:
  explicit field_reader(const json& object) : object_(object) {}

  void text(const char* key, std::string& to) {
    if (const auto* x = find(key); x != nullptr && x->is_string())
      to = x->get<std::string>();
    else
      complain(key, "a text");
  }

  void text_or_null(const char* key, std::string& to) {
    if (const auto* x = find(key); x == nullptr || !x->is_null())
      text(key, to);
  }

  void texts(const char* key, std::vector<std::string>& to) {
    const auto* list = find(key);
    if (list == nullptr || !list->is_array()) {
      complain(key, "a list of identities");
      return;
    }
    to.reserve(list->size());
    for (const auto& x : *list)
      if (x.is_string())
        to.push_back(x.get<std::string>());
      else
        complain(key, "a list of identities");
  }

  void flag(const char* key, bool& to) {
    if (const auto* x = find(key); x != nullptr && x->is_boolean())
      to = x->get<bool>();
    else
      complain(key, "true or false");
  }

  void length(const char* key, engine::duration& to) {
    const auto* x = find(key);
    if (const auto value = x != nullptr ? to_length(*x) : std::nullopt)
      to = *value;
    else
      complain(key, "a number of seconds from 0 on");
  }

  void count(const char* key, std::uint32_t& to) {
    const auto* x = find(key);
    if (const auto value = x != nullptr ? to_count(*x) : std::nullopt)
      to = *value;
    else
      complain(key, "a whole number from 1 on");
  }

  /// Older versions do not tell; null: there is no health source.
  void probing(past_event& to) {
    const auto* x = find("health");
    to.tells_probing = x != nullptr;
    if (x == nullptr || x->is_null())
      return;
    if (!x->is_object()) {
      complain("health", "an object or null");
      return;
    }
    field_reader inner(*x);
    past_probing how;
    inner.length("intervalSeconds", how.interval);
    inner.count("numberOfProbes", how.probes);
    if (inner.problem_.empty() && how.interval <= engine::duration{0})
      inner.complain("intervalSeconds", "above 0");
    if (problem_.empty())
      problem_ = std::move(inner.problem_);
    to.probing = how;
  }

  [[nodiscard]] std::string take_problem() { return std::move(problem_); }

private:
  [[nodiscard]] const json* find(const char* key) const {
    const auto at = object_.find(key);
    return at == object_.end() ? nullptr : &*at;
  }

  void complain(const char* key, const char* wanted) {
    if (problem_.empty())
      problem_ = "\"" + std::string(key) + "\" of this event is not " + wanted
                 + std::string(advice);
  }

  const json& object_;
  std::string problem_;
};

void read_fields(field_reader& from, past_event& to) {
  switch (to.what) {
  case kind::other:
  case kind::upgrade_finished:
    return;
  case kind::upgrade_started:
    from.probing(to);
    return;
  case kind::cancel_requested:
    from.flag("now", to.now);
    return;
  case kind::batch_started:
  case kind::upgrade_resumed:
    from.texts("instances", to.instances);
    return;
  case kind::action_finished:
    from.text("outcome", to.outcome);
    [[fallthrough]];
  case kind::action_started:
    from.text("action", to.action);
    from.count("attempt", to.attempt);
    break;
  case kind::health_changed:
    from.text("to", to.to);
    break;
  case kind::instance_settled:
  case kind::repair_finished:
    from.text("outcome", to.outcome);
    from.text_or_null("reason", to.reason);
    break;
  case kind::repair_started:
    from.text("action", to.action);
    break;
  case kind::instance_replaced:
    from.text("replacement", to.replacement);
    break;
  case kind::instance_released:
  case kind::instance_deleted:
  case kind::rollback_started:
  case kind::rollback_finished:
    break;
  }
  from.text("instance", to.instance);
}

} // namespace

std::string parse(std::string_view line, past_event& to) {
  const auto object = json::parse(line, nullptr, false);
  if (!object.is_object())
    return "this line is no event" + std::string(advice);
  field_reader fields(object);
  std::string name;
  fields.text("event", name);
  fields.length("elapsedSeconds", to.at);
  to.what = kind_of(name);
  read_fields(fields, to);
  return fields.take_problem();
}

} // namespace drydock::inline v1::rehearsal
