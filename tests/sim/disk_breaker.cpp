// SPDX-License-Identifier: Apache-2.0
// Upgrades whose journal is on a disk that is full, fails, tears writes, or loses its
// power.
#include "breaker_parts.hpp"

#include "store/faulty_disk.hpp"

#include <random>

namespace drydock::sim {

namespace {

using test::faulty_disk;

/// Lives on such a disk before it is mended.
constexpr int bad_lives = 6;

/// One life; says whether the upgrade ended in it.
bool live_on(breaker& b, const std::string& file, const std::optional<death>& until) {
  auto opened = store::open_sqlite(file, true);
  auto* in = std::get_if<std::unique_ptr<store::upgrade_store>>(&opened);
  return in != nullptr && b.move_to(std::move(*in)) && b.live(until);
}

void go_wrong(faulty_disk& disk, std::mt19937_64& random) {
  constexpr faulty_disk::fault faults[] = {
    faulty_disk::fault::full, faulty_disk::fault::failed, faulty_disk::fault::torn};
  const auto at = 1 + random() % 120;
  const auto for_good = random() % 2 == 0;
  if (random() % 4 == 0)
    disk.fail_sync(1 + at / 8, for_good);
  else
    disk.fail_write(at, faults[random() % 3], for_good);
}

} // namespace

wreckage run_on_bad_disk(const scenario& what, const std::string& file) {
  faulty_disk disk;
  breaker b(what);
  b.allow_losses();
  std::mt19937_64 random(what.seed);
  auto over = false;
  for (int n = 0; n < bad_lives && !over; ++n) {
    go_wrong(disk, random);
    // Some die of themselves, with the power or without.
    const death until{1 + random() % 60, random() % 2 == 0,
                      std::chrono::seconds(random() % 3 == 0 ? random() % 600 : 0)};
    over = live_on(b, file, until);
    if (random() % 3 == 0)
      disk.lose_power(random());
    b.close_store();
    disk.power_on();
    disk.heal();
  }
  if (!over && !live_on(b, file, std::nullopt))
    if (b.result.last.violation.empty())
      b.result.last.violation = "a disk that is mended does not let the upgrade end";
  b.close_store();
  return std::move(b.result);
}

} // namespace drydock::sim
