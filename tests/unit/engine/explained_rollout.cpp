// SPDX-License-Identifier: Apache-2.0
#include "explained_rollout.hpp"

#include <doctest/doctest.h>

namespace drydock::inline v1::engine::testing {

namespace {

std::string seconds_of(instant x) {
  return std::to_string(
           std::chrono::duration_cast<std::chrono::seconds>(x.time_since_epoch())
             .count())
         + "s";
}

std::string text_of(const obstacle& x) {
  std::string text(to_string(x.kind));
  if (!x.holders.empty() || x.holder_count > 0) {
    std::vector<instance_index> list;
    for (const auto& h : x.holders)
      list.push_back(h.instance);
    text += ' ' + print(list);
    if (x.holder_count != list.size())
      text += " of " + std::to_string(x.holder_count);
  }
  text += " since " + seconds_of(x.since);
  if (x.until)
    text += " until " + seconds_of(*x.until);
  return text;
}

std::string text_of(const explanation& x) {
  std::string text(to_string(x.state));
  for (const auto& o : x.obstacles)
    text += (&o == &x.obstacles.front() ? " " : "; ") + text_of(o);
  return text;
}

} // namespace

explained_rollout::explained_rollout(const rollout_options& options,
                                     const fleet_shape& shape)
  : driven_rollout(options, shape),
    full_({make_fleet(shape), options.has_health, options}),
    events_({make_fleet(shape), options.has_health, std::nullopt}) {
  watch([this](instant at, const auto& inputs, const auto& commands) {
    for (const auto& in : inputs)
      full_.hear(in, at);
    for (const auto& c : commands)
      if (const auto* p = std::get_if<command::publish>(&c)) {
        full_.take(p->event, at);
        events_.take(p->event, at);
      }
  });
}

std::string explained_rollout::obstacles() const {
  return text_of(why());
}

std::string explained_rollout::instance(instance_index i) const {
  const auto x = full_.explain(i, why());
  auto text = std::string(to_string(x.standing)) + ' ' + std::string(to_string(x.why));
  if (x.batch > 0)
    text += " batch " + std::to_string(x.batch);
  if (x.bound)
    text += " bound " + std::string(to_string(*x.bound));
  if (x.step != member_step::none)
    text += " step " + std::string(to_string(x.step));
  if (x.reason != failure_reason::none)
    text += " " + std::string(to_string(x.reason)) + ": " + x.message;
  return text;
}

} // namespace drydock::inline v1::engine::testing
