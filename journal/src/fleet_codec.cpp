// SPDX-License-Identifier: Apache-2.0
#include "codec.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace drydock::inline v1::journal {

using namespace engine;

namespace {

// An identity takes over no more of the one before: else a few bytes could ask for
// any amount of memory.
constexpr std::size_t shared_max = 255;

constexpr std::uint32_t protected_from_actions = 1;
constexpr std::uint32_t protected_from_scale_in = 2;
constexpr std::uint32_t on_latest_model = 4;

void put_ids(byte_writer& out, const fleet& x, std::size_t from, std::size_t to) {
  out.number(to - from);
  std::string_view last;
  for (auto i = static_cast<instance_index>(from); i < to; ++i) {
    const auto id = x.id(i);
    const auto most = std::min({last.size(), id.size(), shared_max});
    const auto shared = static_cast<std::size_t>(
      std::mismatch(id.begin(), id.begin() + static_cast<std::ptrdiff_t>(most),
                    last.begin())
        .first
      - id.begin());
    out.number(shared);
    out.text(id.substr(shared));
    last = id;
  }
}

void put_columns(byte_writer& out, const fleet& x) {
  std::vector<std::uint32_t> column(x.size());
  const auto put = [&](auto value_of) {
    for (instance_index i = 0; i < x.size(); ++i)
      column[i] = value_of(i);
    put_column(out, column);
  };
  // None is 0, and all others are one more than they are.
  put([&](instance_index i) {
    return x.zone(i) == fleet::no_zone ? 0U : x.zone(i) + 1U;
  });
  put([&](instance_index i) { return x.update_domain(i) + 1U; });
  put([&](instance_index i) {
    return (x.protected_from_actions(i) ? protected_from_actions : 0U)
           | (x.protected_from_scale_in(i) ? protected_from_scale_in : 0U)
           | (x.latest_model_applied(i) ? on_latest_model : 0U);
  });
}

std::vector<std::string> get_zones(byte_reader& in) {
  const auto n = in.count();
  std::vector<std::string> zones;
  if (n > fleet::no_zone)
    in.fail(byte_reader::out_of_range);
  for (std::size_t i = 0; i < n && in.ok(); ++i)
    zones.push_back(in.text());
  return zones;
}

std::vector<std::string> get_ids(byte_reader& in) {
  const auto n = in.count(2);
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < n && in.ok(); ++i) {
    const auto most = ids.empty() ? 0 : std::min(ids.back().size(), shared_max);
    const auto shared = static_cast<std::size_t>(in.number_up_to(most));
    auto id = ids.empty() ? std::string() : ids.back().substr(0, shared);
    id += in.text();
    ids.push_back(std::move(id));
  }
  return ids;
}

/// Those of positions for replacements: of all instances or, as it was before there
/// were any, of none.
void get_replacements(byte_reader& in, fleet& to) {
  if (!in.ok() || in.left() == 0)
    return;
  auto ids = get_ids(in);
  if (ids.empty() && in.ok() && in.left() > 0)
    return; // what follows are additions
  if (ids.size() != to.size() || ids.empty()) {
    in.fail(ids.empty() ? "bytes are left over at its end" : byte_reader::out_of_range);
    return;
  }
  std::vector<instance_spec> specs(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i)
    specs[i].id = std::move(ids[i]);
  to.add_replacements(specs);
}

} // namespace

void put_fleet(byte_writer& out, const fleet& x, bool more_follows) {
  out.number(x.zones().size());
  for (const auto& zone : x.zones())
    out.text(zone);
  put_ids(out, x, 0, x.size());
  put_columns(out, x);
  if (x.has_replacements())
    put_ids(out, x, x.size(), x.first_arrival());
  else if (more_follows)
    out.number(0);
}

std::shared_ptr<const fleet> get_fleet(byte_reader& in) {
  const auto zones = get_zones(in);
  auto ids = get_ids(in);
  const auto zone = get_column(in, ids.size());
  const auto domain = get_column(in, ids.size());
  const auto flags = get_column(in, ids.size());
  auto result = std::make_shared<fleet>(zones);
  instance_spec spec;
  for (instance_index i = 0; i < ids.size() && in.ok(); ++i) {
    if (zone[i] > zones.size() || flags[i] > 7) {
      in.fail(byte_reader::out_of_range);
      break;
    }
    spec.id = std::move(ids[i]);
    spec.zone = zone[i] == 0 ? std::string() : zones[zone[i] - 1];
    spec.update_domain = domain[i] - 1U;
    spec.protect_from_scale_set_actions = (flags[i] & protected_from_actions) != 0;
    spec.protect_from_scale_in = (flags[i] & protected_from_scale_in) != 0;
    spec.latest_model_applied = (flags[i] & on_latest_model) != 0;
    result->add(spec);
    const auto wanted = zone[i] == 0 ? unsigned{fleet::no_zone} : zone[i] - 1;
    if (result->zone(i) != wanted)
      in.fail("a zone in it has the name of another, or none");
  }
  get_replacements(in, *result);
  return result;
}

} // namespace drydock::inline v1::journal
