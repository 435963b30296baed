// SPDX-License-Identifier: Apache-2.0
#include "breaker_parts.hpp"

#include <random>

namespace drydock::sim {

wreckage run_with_deaths(const scenario& what, const std::vector<death>& deaths) {
  breaker b(what);
  if (!b.move_to(store::make_memory_store()))
    b.result.last.violation = "a store in memory cannot be used";
  for (const auto& d : deaths)
    if (b.live(d))
      return std::move(b.result);
  b.live(std::nullopt);
  return std::move(b.result);
}

std::vector<death> draw_deaths(std::uint64_t seed, std::uint64_t records) {
  std::mt19937_64 random(seed);
  std::vector<death> deaths;
  std::uint64_t at = 0;
  for (auto n = 1 + random() % 8; n > 0; --n) {
    at += 1 + random() % std::max<std::uint64_t>(records / 4, 1);
    deaths.push_back({at, random() % 2 == 0,
                      std::chrono::seconds(random() % 3 == 0 ? random() % 900 : 0)});
  }
  return deaths;
}

} // namespace drydock::sim
