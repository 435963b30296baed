// SPDX-License-Identifier: Apache-2.0
#include "samples.hpp"

#include <doctest/doctest.h>

using namespace drydock::journal;
using namespace drydock::journal::testing;
using namespace drydock::engine;

namespace {

header read(const std::string& bytes) {
  auto result = read_header(bytes);
  REQUIRE(problem(result) == "");
  return std::get<header>(std::move(result));
}

void check_policy(const rolling_policy& a, const rolling_policy& b) {
  CHECK(a.max_batch_instance_percent == b.max_batch_instance_percent);
  CHECK(a.max_unhealthy_instance_percent == b.max_unhealthy_instance_percent);
  CHECK(a.max_unhealthy_upgraded_instance_percent
        == b.max_unhealthy_upgraded_instance_percent);
  CHECK(a.pause_time_between_batches == b.pause_time_between_batches);
  CHECK(a.prioritize_unhealthy_instances == b.prioritize_unhealthy_instances);
  CHECK(a.enable_cross_zone_upgrade == b.enable_cross_zone_upgrade);
  CHECK(a.max_surge == b.max_surge);
  CHECK(a.rollback_failed_instances_on_policy_breach
        == b.rollback_failed_instances_on_policy_breach);
  CHECK(a.max_batch_instances == b.max_batch_instances);
  CHECK(a.max_unhealthy_instances == b.max_unhealthy_instances);
  CHECK(a.min_ready == b.min_ready);
  CHECK(a.health_timeout == b.health_timeout);
  CHECK(a.progress_deadline == b.progress_deadline);
  CHECK(a.ignore_unhealthy_before_start == b.ignore_unhealthy_before_start);
}

void check_fleet(const fleet& a, const fleet& b) {
  CHECK(a.zones() == b.zones());
  REQUIRE(a.size() == b.size());
  REQUIRE(a.positions() == b.positions());
  for (instance_index i = 0; i < a.positions(); ++i) {
    CHECK(a.id(i) == b.id(i));
    CHECK(a.zone(i) == b.zone(i));
    CHECK(a.update_domain(i) == b.update_domain(i));
    CHECK(a.protected_from_actions(i) == b.protected_from_actions(i));
    CHECK(a.protected_from_scale_in(i) == b.protected_from_scale_in(i));
    CHECK(a.latest_model_applied(i) == b.latest_model_applied(i));
  }
}

void check_same(const header& a, const header& b) {
  CHECK(a.scale_set == b.scale_set);
  CHECK(a.upgrade_id == b.upgrade_id);
  CHECK(a.started_us == b.started_us);
  CHECK(a.fingerprint == b.fingerprint);
  CHECK(a.seed == b.seed);
  CHECK(a.rollout.policy.mode == b.rollout.policy.mode);
  check_policy(a.rollout.policy.rolling, b.rollout.policy.rolling);
  CHECK(a.rollout.policy.max_parallel == b.rollout.policy.max_parallel);
  CHECK(a.rollout.action == b.rollout.action);
  CHECK(a.rollout.has_health == b.rollout.has_health);
  CHECK(a.rollout.selected_all == b.rollout.selected_all);
  CHECK(a.rollout.selected == b.rollout.selected);
  CHECK(a.rollout.deleted == b.rollout.deleted);
  CHECK(a.rollout.repairs == b.rollout.repairs);
  CHECK(a.rollout.keep == b.rollout.keep);
  CHECK(a.previous_model == b.previous_model);
  CHECK(a.latest_model == b.latest_model);
  check_fleet(*a.instances, *b.instances);
}

} // namespace

TEST_CASE("positions of replacements come back by their names") {
  auto x = full_header();
  auto all = std::make_shared<fleet>(*x.instances);
  std::vector<instance_spec> next;
  for (instance_index i = 0; i < all->size(); ++i)
    next.push_back({.id = "next-" + std::to_string(i)});
  const auto before = write_header(x).size();
  all->add_replacements(next);
  x.instances = all;
  const auto bytes = write_header(x);
  CHECK(bytes.size() > before);
  const auto back = read(bytes);
  REQUIRE(back.instances->has_replacements());
  for (instance_index i = 0; i < all->positions(); ++i) {
    CHECK(back.instances->id(i) == all->id(i));
    CHECK(back.instances->zone(i) == all->zone(i));
    CHECK(back.instances->update_domain(i) == all->update_domain(i));
  }
}

TEST_CASE("what came to be in headers later stands at their end, where there is any") {
  for (const auto replaces : {false, true}) {
    auto x = full_header();
    auto all = std::make_shared<fleet>(*x.instances);
    if (replaces)
      all->add_replacements(std::vector<instance_spec>(all->size()));
    x.instances = all;
    const auto without = write_header(x);
    x.rollout.terminate_delay = std::chrono::minutes(5);
    const auto bytes = write_header(x);
    CHECK(bytes.size() > without.size());
    const auto back = read(bytes);
    CHECK(back.rollout.terminate_delay == x.rollout.terminate_delay);
    CHECK(back.instances->has_replacements() == replaces);
    CHECK(write_header(back) == bytes);
    CHECK_FALSE(read(without).rollout.terminate_delay);
  }
}

TEST_CASE("who comes and who goes comes back") {
  for (const auto replaces : {false, true}) {
    auto x = full_header();
    auto all = std::make_shared<fleet>(*x.instances);
    if (replaces)
      all->add_replacements(std::vector<instance_spec>(all->size()));
    all->add_arrival({.id = "new-1",
                      .zone = all->zones().front(),
                      .update_domain = 3,
                      .address = "10.0.0.9",
                      .port = 81,
                      .vars = {{"a", "b"}}});
    all->add_arrival({.id = "new-2"});
    x.instances = all;
    x.rollout.scale_in = {2, 0};
    const auto bytes = write_header(x);
    const auto back = read(bytes);
    CHECK(back.rollout.scale_in == x.rollout.scale_in);
    check_fleet(*back.instances, *all);
    REQUIRE(back.instances->arrivals() == 2);
    const auto first = back.instances->first_arrival();
    CHECK(back.instances->address(first) == "10.0.0.9");
    CHECK(back.instances->port(first) == 81);
    CHECK(*back.instances->var(first, "a") == "b");
    CHECK(write_header(back) == bytes);
  }
}

TEST_CASE("a header comes back as it was") {
  const auto x = full_header();
  const auto bytes = write_header(x);
  const auto y = read(bytes);
  check_same(x, y);
  CHECK(write_header(y) == bytes);
}

TEST_CASE("repairs come back, and cost nothing where there are none") {
  auto x = full_header();
  const auto before = write_header(x).size();
  x.rollout.keep = true;
  CHECK(write_header(x).size() == before);
  auto& repairs = x.rollout.repairs.emplace();
  repairs.action = repair_action::restart;
  repairs.grace_period = std::chrono::minutes(7);
  repairs.failed_in_a_row = 2;
  repairs.suspended = true;
  repairs.unchanged_for = {duration{5}, duration{0}};
  const auto y = read(write_header(x));
  check_same(x, y);
  CHECK(y.rollout.has_health == x.rollout.has_health);
}

TEST_CASE("a header of defaults comes back, without a fleet as with an empty one") {
  const header x;
  const auto bytes = write_header(x);
  const auto y = read(bytes);
  REQUIRE(y.instances != nullptr);
  CHECK(y.instances->size() == 0);
  CHECK(y.latest_model.is_null());
  CHECK(write_header(y) == bytes);
}

TEST_CASE("a generated fleet takes 3.1 bytes an instance") {
  header x;
  x.instances = generated_fleet(100'000);
  const auto bytes = write_header(x);
  CHECK(bytes.size() < 312'000);
  check_fleet(*read(bytes).instances, *x.instances);
}

TEST_CASE("an irregular fleet comes back too") {
  auto instances = std::make_shared<fleet>();
  std::uint32_t dice = 12345;
  const auto roll = [&](std::uint32_t sides) {
    dice = dice * 1'664'525 + 1'013'904'223;
    return (dice >> 8U) % sides;
  };
  for (int i = 0; i < 5'000; ++i) {
    instance_spec spec;
    spec.id = std::string(roll(5), 'a') + std::to_string(roll(1'000'000));
    if (roll(5) > 0)
      spec.zone = "z" + std::to_string(roll(4));
    if (roll(5) > 0)
      spec.update_domain = roll(300);
    spec.protect_from_scale_set_actions = roll(3) == 0;
    spec.protect_from_scale_in = roll(3) == 0;
    spec.latest_model_applied = roll(3) == 0;
    instances->add(spec);
  }
  header x;
  x.instances = instances;
  check_fleet(*read(write_header(x)).instances, *instances);
}

TEST_CASE(
  "models nest as deep as fleet files can, and no deeper than is safe to read") {
  const auto nested = [](int depth) {
    header x;
    for (int i = 0; i < depth; ++i)
      x.latest_model = value::list{std::move(x.latest_model)};
    return x;
  };
  const auto deep = nested(1'000);
  CHECK(read(write_header(deep)).latest_model == deep.latest_model);
  CHECK(problem(read_header(write_header(nested(1'001))))
        == "the record is damaged: a model in it is nested too deeply");
}
