// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/candidates.hpp"

#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;

namespace {

using standing = candidate_standing;

constexpr auto none = custom_metrics::no_phase;

/// A pool over `standings` (h, u, i; - for not pending), one letter an instance.
candidate_pool pool_of(const fleet_shape& shape, std::string_view standings,
                       std::vector<std::int64_t> phases = {}, bool cross_zone = false) {
  std::vector<candidate_pool::candidate> list;
  for (instance_index i = 0; i < standings.size(); ++i) {
    const auto phase = i < phases.size() ? phases[i] : none;
    const auto c = standings[i];
    if (c != '-')
      list.push_back({i, phase,
                      c == 'h'   ? standing::healthy
                      : c == 'u' ? standing::unhealthy
                                 : standing::initializing});
  }
  return candidate_pool(*make_fleet(shape), list, cross_zone);
}

/// Takes batch after batch as if all members became healthy at once.
std::string all_batches(candidate_pool pool, const rollout_limits& limits,
                        bool prioritize = false) {
  std::string result;
  while (pool.size() > 0) {
    const auto choice = pool.select(limits, pool.unhealthy(), prioritize);
    if (choice.members.empty())
      return result + "-";
    result += print(choice.members);
    for (const auto i : choice.members)
      pool.update(i, standing::absent);
  }
  return result;
}

fleet_shape plain(std::uint32_t count) {
  fleet_shape shape;
  shape.count = count;
  return shape;
}

} // namespace

TEST_CASE("the worked examples of batch sizes") {
  struct row {
    const char* what;
    fleet_shape shape;
    int batch_percent, unhealthy_percent;
    std::string standings;
    std::uint32_t unavailable;
    rollout_limits limits;
    std::string members;
    batch_bound bound;
    bool cross_zone = false;
  };
  fleet_shape zonal = plain(30);
  zonal.zones = 3;
  const std::string thirty(30, 'h');
  using enum batch_bound;
  // clang-format off
  const std::vector<row> rows{
    {"nobody ill", plain(10), 20, 20, "hhhhhhhhhh", 0, {2, 2}, "[0 1]", batch_instances},
    {"one ill and skipped", plain(10), 20, 20, "hhhhhhhhh-", 1, {2, 2}, "[0]",
     unavailable_instances},
    {"the second one ill", plain(10), 20, 20, "huhhhhhhhh", 1, {2, 2}, "[0 1]",
     batch_instances},
    {"two ill and pending", plain(10), 20, 20, "hhhuhhhuhh", 2, {2, 2}, "[3 7]",
     batch_instances},
    {"two ill and skipped", plain(10), 20, 20, "hhhhhhhh--", 2, {2, 2}, "[]",
     unavailable_instances},
    {"a seventh", plain(7), 20, 20, "hhhhhhh", 0, {1, 1}, "[0]", batch_instances},
    {"a third", plain(3), 20, 20, "hhh", 0, {1, 1}, "[0]", batch_instances},
    {"one zone", zonal, 40, 50, thirty, 0, {12, 15}, "[0 3 6 9 12 15 18 21 24 27]",
     group},
    {"across zones", zonal, 40, 50, thirty, 0, {12, 15},
     "[0 1 2 3 4 5 6 7 8 9 10 11]", batch_instances, true},
  };
  // clang-format on
  for (const auto& r : rows) {
    CAPTURE(r.what);
    rolling_policy policy;
    policy.max_batch_instance_percent = r.batch_percent;
    policy.max_unhealthy_instance_percent = r.unhealthy_percent;
    const auto limits = resolve_limits(policy, r.shape.count);
    CHECK(limits == r.limits);
    auto pool = pool_of(r.shape, r.standings, {}, r.cross_zone);
    const auto choice = pool.select(limits, r.unavailable, false);
    CHECK(print(choice.members) == r.members);
    CHECK(choice.bound == r.bound);
  }
}

TEST_CASE("batches follow phase, zone, update domain and position") {
  struct row {
    const char* what;
    fleet_shape shape;
    std::vector<std::int64_t> phases;
    bool cross_zone;
    std::string batches;
  };
  fleet_shape zones = plain(6), domains = plain(6), both = plain(8);
  zones.zones = 2;
  domains.update_domains = 3;
  both.zones = 2;
  both.update_domains = 2;
  const std::vector<row> rows{
    {"position alone", plain(6), {}, false, "[0 1 2 3][4 5]"},
    {"phases ascend, none comes last",
     plain(6),
     {none, 2, -1, 2, 7, none},
     false,
     "[2][1 3][4][0 5]"},
    {"zones in the order of the set", zones, {}, false, "[0 2 4][1 3 5]"},
    {"zones do not matter", zones, {}, true, "[0 1 2 3][4 5]"},
    {"phase before zone", zones, {2, 1, 2, 2, 1, 1}, false, "[4][1 5][0 2][3]"},
    {"phase with zones that do not matter",
     zones,
     {2, 1, 2, 2, 1, 1},
     true,
     "[1 4 5][0 2 3]"},
    {"update domains", domains, {}, false, "[0 3][1 4][2 5]"},
    {"zone before update domain", both, {}, false, "[0 4][2 6][1 5][3 7]"},
    {"update domain across zones", both, {}, true, "[0 1 4 5][2 3 6 7]"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.what);
    auto pool =
      pool_of(r.shape, std::string(r.shape.count, 'h'), r.phases, r.cross_zone);
    CHECK(all_batches(std::move(pool), {4, 60}) == r.batches);
  }
}

TEST_CASE("those without an update domain come last in their zone") {
  fleet f({"1", "2"});
  const std::pair<const char*, int> places[] = {
    {"2", -1}, {"1", -1}, {"2", 0}, {"1", 1}, {"1", 0}};
  for (const auto& [zone, domain] : places) {
    instance_spec spec;
    spec.id = "x" + std::to_string(f.size());
    spec.zone = zone;
    if (domain >= 0)
      spec.update_domain = static_cast<std::uint32_t>(domain);
    f.add(spec);
  }
  std::vector<candidate_pool::candidate> list;
  for (instance_index i = 0; i < f.size(); ++i)
    list.push_back({i, none, standing::healthy});
  CHECK(all_batches(candidate_pool(f, list, false), {5, 5}) == "[4][3][1][2][0]");
}

TEST_CASE("unhealthy ones may go first, never together with healthy ones") {
  fleet_shape zones = plain(8);
  zones.zones = 2;
  struct row {
    const char* what;
    fleet_shape shape;
    std::string standings;
    std::vector<std::int64_t> phases;
    bool prioritize;
    std::string batches;
  };
  const std::vector<row> rows{
    {"mixed without the flag", plain(6), "huhhuh", {}, false, "[0 1 2][3 4 5]"},
    {"apart with it", plain(6), "huhhuh", {}, true, "[1 4][0 2 3][5]"},
    {"health before zone", zones, "hhhuhhuh", {}, true, "[6][3][0 2 4][1 5 7]"},
    {"zone first without it", zones, "hhhuhhuh", {}, false, "[0 2 4][6][1 3 5][7]"},
    {"phase before health",
     plain(6),
     "hhuhuh",
     {1, 2, 2, 1, 1, 2},
     true,
     "[4][0 3][2][1 5]"},
    {"all unhealthy", plain(4), "uuuu", {}, true, "[0 1 2][3]"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.what);
    auto pool = pool_of(r.shape, r.standings, r.phases);
    CHECK(all_batches(std::move(pool), {3, 60}, r.prioritize) == r.batches);
  }
}

TEST_CASE("when the allowance is used up only unhealthy ones go") {
  for (const auto prioritize : {false, true}) {
    CAPTURE(prioritize);
    fleet_shape zones = plain(6);
    zones.zones = 2;
    auto pool = pool_of(zones, "hhhuhh");
    // The first zone yields nothing, so the second one is looked at.
    const auto choice = pool.select({3, 1}, 1, prioritize);
    CHECK(print(choice.members) == "[3]");
    CHECK(choice.place.zone == 1);
    CHECK(choice.bound
          == (prioritize ? batch_bound::group : batch_bound::unavailable_instances));
  }
}

TEST_CASE("a healthy one that does not fit is passed over for an unhealthy one") {
  auto pool = pool_of(plain(6), "hhhuhu");
  CHECK(print(pool.select({4, 3}, 2, false).members) == "[0 3 5]");
  CHECK(print(pool.select({2, 3}, 2, false).members) == "[0 3]");
  CHECK(print(pool.select({4, 2}, 2, false).members) == "[3 5]");
  CHECK(print(pool.select({4, 1}, 9, false).members) == "[3 5]");
}

TEST_CASE("an initializing candidate is passed over and holds its phase") {
  auto pool = pool_of(plain(4), "ihih", {1, 1, 1, 2});
  CHECK(print(pool.select({4, 9}, 2, false).members) == "[1]");
  pool.update(1, standing::absent);
  CHECK(pool.select({4, 9}, 2, false).members.empty());
  CHECK(pool.select({4, 9}, 2, true).members.empty());
  CHECK(pool.size() == 3);
  pool.update(2, standing::unhealthy);
  CHECK(pool.unhealthy() == 1);
  CHECK(print(pool.select({4, 9}, 2, true).members) == "[2]");
  pool.update(2, standing::absent);
  CHECK(pool.unhealthy() == 0);
  pool.update(0, standing::healthy);
  CHECK(print(pool.select({4, 9}, 0, false).members) == "[0]");
  pool.update(0, standing::absent);
  CHECK(print(pool.select({4, 9}, 0, false).members) == "[3]");
}

TEST_CASE("one that is absent stays absent") {
  auto pool = pool_of(plain(3), "h-u");
  CHECK(pool.size() == 2);
  pool.update(1, standing::healthy);  // was never a candidate
  pool.update(99, standing::healthy); // is nobody
  CHECK(pool.size() == 2);
  pool.update(2, standing::absent);
  pool.update(2, standing::unhealthy);
  CHECK(pool.size() == 1);
  CHECK(pool.unhealthy() == 0);
  pool.update(0, standing::healthy); // nothing new
  CHECK(print(pool.select({9, 9}, 0, false).members) == "[0]");
  pool.update(0, standing::absent);
  CHECK(pool.select({9, 9}, 0, false).members.empty());
  CHECK(candidate_pool().size() == 0);
  CHECK(candidate_pool().select({9, 9}, 0, true).members.empty());
}

TEST_CASE("the reasons for a batch's size have names") {
  CHECK(to_string(batch_bound::batch_instances) == "batch_instances");
  CHECK(to_string(batch_bound::unavailable_instances) == "unavailable_instances");
  CHECK(to_string(batch_bound::group) == "group");
}
