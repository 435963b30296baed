// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "views.hpp"

#include <chrono>
#include <numeric>
#include <string>
#include <vector>

namespace drydock::cli {

using namespace std::chrono_literals;

/// `count` instances `web-0` … over `zones`, in turn; regional without any.
inline engine::fleet make_fleet(std::size_t count,
                                std::vector<std::string> zones = {}) {
  engine::fleet instances(zones);
  for (std::size_t i = 0; i < count; ++i) {
    engine::instance_spec spec;
    spec.id = "web-" + std::to_string(i);
    if (!zones.empty())
      spec.zone = zones[i % zones.size()];
    instances.add(spec);
  }
  return instances;
}

inline view_context context_of(engine::fleet instances) {
  return {"web", std::make_shared<const engine::fleet>(std::move(instances)), true,
          true};
}

inline view_context context_of(std::size_t count, std::vector<std::string> zones = {}) {
  return context_of(make_fleet(count, std::move(zones)));
}

inline constexpr engine::batch_place nowhere{engine::custom_metrics::no_phase,
                                             engine::fleet::no_zone,
                                             engine::fleet::no_update_domain};

/// A batch of a rolling upgrade with B = 6 and U = 6.
inline engine::told::batch_started
make_batch(std::uint32_t number, std::vector<engine::instance_index> members,
           engine::batch_place place = nowhere,
           engine::batch_bound bound = engine::batch_bound::batch_instances) {
  return {number, place, std::move(members), {6, 6}, 0, bound};
}

inline std::vector<engine::instance_index> first_instances(std::uint32_t count) {
  std::vector<engine::instance_index> list(count);
  std::iota(list.begin(), list.end(), 0U);
  return list;
}

} // namespace drydock::cli
