// SPDX-License-Identifier: Apache-2.0
#include "simulated_world.hpp"

#include "random_draw.hpp"

#include <algorithm>
#include <limits>

namespace drydock::drivers {

using namespace engine;

namespace {

constexpr auto never = std::numeric_limits<std::int64_t>::max();

std::int64_t add(std::int64_t a, std::int64_t b) {
  return a > never - b ? never : a + b;
}

} // namespace

misfortunes::misfortunes(const simulated_spec& spec, const fleet& instances)
  : seed_(spec.seed), image_(spec.image),
    image_is_bad_(draw_unit({spec.seed, 0, apply_class::none, 0}, purpose::bad_image)
                  < spec.image.probability),
    recovery_(spec.background.recovery) {
  if (spec.background.mean_time_to_failure > duration{0}) {
    to_failure_.kind = duration_distribution::shape::exponential;
    to_failure_.first = spec.background.mean_time_to_failure;
    background_.resize(instances.positions());
    for (instance_index i = 0; i < instances.positions(); ++i)
      renew(i, i);
  }
  draw_outages(spec, instances);
}

void misfortunes::draw_outages(const simulated_spec& spec, const fleet& instances) {
  const auto zones = instances.zones().size();
  if (zones == 0)
    return;
  for (std::uint32_t nth = 0; nth < spec.outages.size(); ++nth) {
    const auto& o = spec.outages[nth];
    const draw_key key{seed_, 0, apply_class::none, nth};
    if (draw_unit(key, purpose::outage) >= o.probability)
      continue;
    const auto any = draw_unit(key, purpose::outage_zone) * static_cast<double>(zones);
    const auto begin = draw_duration(o.begins, key, purpose::outage_begin).count();
    const auto length = draw_duration(o.length, key, purpose::outage_length).count();
    outages_.push_back(
      {o.zone.value_or(static_cast<std::uint16_t>(any)), begin, add(begin, length)});
  }
  if (outages_.empty())
    return;
  zones_.reserve(instances.positions());
  for (instance_index i = 0; i < instances.positions(); ++i)
    zones_.push_back(instances.zone(i));
}

bool misfortunes::is_out(instance_index i, std::int64_t now) const {
  return std::any_of(outages_.begin(), outages_.end(), [&](const window& w) {
    return w.zone == zones_[i] && w.begin <= now && now < w.end;
  });
}

std::int64_t misfortunes::length_of(instance_index who, std::uint32_t nth) const {
  const draw_key key{seed_, who, apply_class::none, nth};
  if (nth % 2 == 0)
    return draw_duration(to_failure_, key, purpose::time_to_failure).count();
  return recovery_ ? draw_duration(*recovery_, key, purpose::time_to_recover).count()
                   : never;
}

misfortunes::condition misfortunes::look(instance_index i, std::int64_t now,
                                         std::int64_t upgraded) {
  if (background_.empty())
    return {false, never};
  auto& x = background_[i];
  const auto go_on = [&](std::int64_t from) {
    x.begin = from;
    x.end = add(from, length_of(x.who, ++x.nth));
  };
  for (;;) {
    const auto ill = x.nth % 2 == 1;
    if (ill && x.begin < upgraded && upgraded <= now)
      go_on(std::min(x.end, upgraded)); // cured
    else if (x.end <= now)
      go_on(x.end);
    else
      return {ill, x.end};
  }
}

std::int64_t misfortunes::next_outage(instance_index i, std::int64_t now) const {
  auto first = never;
  for (const auto& w : outages_)
    if (w.zone == zones_[i] && w.begin > now)
      first = std::min(first, w.begin);
  return first;
}

void misfortunes::move(instance_index from, instance_index to) {
  if (!background_.empty())
    background_[to] = background_[from];
}

void misfortunes::renew(instance_index i, instance_index who) {
  if (!background_.empty())
    background_[i] = {0, length_of(who, 0), 0, who};
}

bool misfortunes::falls_to_image(instance_index who) const {
  return image_is_bad_
         && draw_unit({seed_, who, apply_class::none, 0}, purpose::bad_image_effect)
              < image_.unhealthy;
}

std::int64_t step_queue::enter(std::int64_t now, std::int64_t length) {
  if (places_ == 0)
    return now;
  while (!ends_.empty() && ends_.top() <= now)
    ends_.pop();
  auto begin = now;
  if (ends_.size() >= places_) {
    begin = ends_.top();
    ends_.pop();
  }
  ends_.push(add(begin, length));
  return begin;
}

} // namespace drydock::drivers
