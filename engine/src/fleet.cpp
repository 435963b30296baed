// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/fleet.hpp"

#include <algorithm>

namespace drydock::inline v1::engine {

/// The position of its zone, which is on the list from now on.
std::uint16_t fleet::zone_of(const instance_spec& spec) {
  if (spec.zone.empty())
    return no_zone;
  const auto found = std::find(zones_.begin(), zones_.end(), spec.zone);
  const auto zone = static_cast<std::uint16_t>(found - zones_.begin());
  if (found == zones_.end())
    zones_.push_back(spec.zone);
  return zone;
}

instance_index fleet::add(const instance_spec& spec) {
  const auto index = static_cast<instance_index>(size());
  append(spec, zone_of(spec), spec.update_domain.value_or(no_update_domain));
  ++size_;
  return index;
}

instance_index fleet::add_arrival(const instance_spec& spec) {
  append(spec, zone_of(spec), spec.update_domain.value_or(no_update_domain));
  ++arrivals_;
  return static_cast<instance_index>(positions() - 1);
}

void fleet::add_replacements(const std::vector<instance_spec>& specs) {
  for (instance_index i = 0; i < specs.size(); ++i)
    append(specs[i], zone_[i], update_domain_[i]);
}

void fleet::append(const instance_spec& spec, std::uint16_t zone,
                   std::uint32_t update_domain) {
  const auto index = static_cast<instance_index>(positions());
  // Most instances share an address, so each text is kept once.
  const auto [address, is_new] = address_positions_.try_emplace(
    spec.address, static_cast<std::uint32_t>(addresses_.size()));
  if (is_new)
    addresses_.push_back(spec.address);
  if (!spec.vars.empty())
    vars_.emplace(index, spec.vars);

  unsigned flags = 0;
  if (spec.protect_from_scale_set_actions)
    flags |= protected_actions;
  if (spec.protect_from_scale_in)
    flags |= protected_scale_in;
  if (spec.latest_model_applied)
    flags |= latest_model;

  id_text_ += spec.id;
  id_end_.push_back(id_text_.size());
  zone_.push_back(zone);
  port_.push_back(spec.port);
  update_domain_.push_back(update_domain);
  address_.push_back(address->second);
  flags_.push_back(static_cast<std::uint8_t>(flags));
}

std::string_view fleet::zone_name(instance_index i) const {
  return zone_[i] == no_zone ? std::string_view() : std::string_view(zones_[zone_[i]]);
}

void fleet::set_latest_model_applied(instance_index i, bool x) {
  const unsigned others = flags_[i] & ~static_cast<unsigned>(latest_model);
  const unsigned mine = x ? unsigned{latest_model} : 0U;
  flags_[i] = static_cast<std::uint8_t>(others | mine);
}

const std::string* fleet::var(instance_index i, std::string_view name) const {
  const auto vars = vars_.find(i);
  if (vars == vars_.end())
    return nullptr;
  const auto found = vars->second.find(name);
  return found == vars->second.end() ? nullptr : &found->second;
}

instance_spec fleet::spec(instance_index i) const {
  instance_spec x;
  x.id = id(i);
  x.zone = zone_name(i);
  if (update_domain_[i] != no_update_domain)
    x.update_domain = update_domain_[i];
  x.address = address(i);
  x.port = port_[i];
  if (const auto vars = vars_.find(i); vars != vars_.end())
    x.vars = vars->second;
  x.protect_from_scale_set_actions = protected_from_actions(i);
  x.protect_from_scale_in = protected_from_scale_in(i);
  x.latest_model_applied = latest_model_applied(i);
  return x;
}

std::optional<instance_index> fleet::find(std::string_view id) const {
  const std::string_view text = id_text_;
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i < id_end_.size(); ++i) {
    const auto length = id_end_[i] - begin;
    if (length == id.size() && text.substr(begin, length) == id)
      return static_cast<instance_index>(i);
    begin = id_end_[i];
  }
  return std::nullopt;
}

} // namespace drydock::inline v1::engine
