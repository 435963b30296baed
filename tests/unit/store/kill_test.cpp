// SPDX-License-Identifier: Apache-2.0
// A process that writes is killed at any moment.
#include "child.hpp"
#include "places.hpp"

#include <chrono>
#include <random>

#include <unistd.h>

namespace drydock::test {

using store::durability;

TEST_CASE("of a process that is killed while it writes, each record is there whole, "
          "and none is missing") {
  constexpr int kills = 20;
  std::mt19937_64 chance(2024);
  temp_folder folder;
  const auto path = folder / "s.db";
  (void)begun(*get(store::open_sqlite(path, true)));
  std::size_t confirmed = 0;
  std::size_t most = 0;
  for (int round = 0; round < kills; ++round) {
    const auto first = confirmed + 1;
    const auto name = "owner " + std::to_string(round);
    child writer([&](int to) {
      auto in = store::open_sqlite(path, false);
      if (in.index() != 0)
        return;
      auto& out = *std::get<0>(in);
      const auto got =
        out.acquire("web", owner(name.c_str()), 0, [](const auto&) { return true; });
      if (got.index() != 0 || std::get<0>(got).owner != name)
        return;
      const auto epoch = std::get<0>(got).epoch;
      for (std::uint64_t number = first;; ++number) {
        const auto how = number % 7 == 0 ? durability::power : durability::process;
        if (out.append("u1", number, numbered(number, 1 + (number * 997) % 20'000),
                       epoch, how)
            || ::write(to, "+", 1) != 1)
          return;
      }
    });
    confirmed += writer.read(1 + chance() % 60).size();
    const auto until =
      std::chrono::steady_clock::now() + std::chrono::microseconds(chance() % 300);
    while (std::chrono::steady_clock::now() < until) {
    }
    writer.kill();
    writer.reap();
    confirmed += writer.read_all().size();
    REQUIRE(confirmed >= first);
    const auto all = records(*get(store::open_sqlite(path, false)), "u1");
    // One may have been written and not told.
    CHECK(all.size() >= confirmed);
    CHECK(all.size() <= confirmed + 1);
    for (std::uint64_t number = 1; number <= all.size(); ++number)
      if (all[number - 1] != numbered(number, 1 + (number * 997) % 20'000))
        FAIL("record " << number << " is another");
    most = confirmed = all.size();
  }
  CHECK(most > kills);
  const auto in = get(store::open_sqlite(path, false));
  CHECK(get(in->holder("web")).epoch == 1 + kills);
}

} // namespace drydock::test
