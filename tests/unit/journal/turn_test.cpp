// SPDX-License-Identifier: Apache-2.0
#include "samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

using namespace drydock::journal;
using namespace drydock::journal::testing;
using namespace drydock::engine;
using namespace std::chrono_literals;

namespace {

turn read(const std::string& bytes) {
  auto result = read_turn(bytes);
  REQUIRE(problem(result) == "");
  return std::get<turn>(std::move(result));
}

/// Bytes that one more input of the kind takes, after one of instance `before`.
std::size_t size_of(const rollout_input& in, instance_index before = 0) {
  std::vector<rollout_input> inputs{input::member_released{before}};
  const auto without = record_of({}, 0, inputs).size();
  inputs.push_back(in);
  return record_of({}, 0, inputs).size() - without;
}

} // namespace

TEST_CASE("every input comes back as it was") {
  const auto inputs = all_inputs();
  for (const auto& in : inputs) {
    const auto x = read(record_of(instant{5s}, 77, {in}));
    REQUIRE(x.inputs.size() == 1);
    CHECK(fields(x.inputs[0]) == fields(in));
    CHECK(x.inputs[0].index() == in.index());
  }
  const auto x = read(record_of(instant{5s}, 77, inputs));
  REQUIRE(x.inputs.size() == inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    CHECK(fields(x.inputs[i]) == fields(inputs[i]));
}

TEST_CASE("there is a sample of every input, command and event") {
  const auto kinds = [](const auto& list) {
    std::vector<bool> seen(
      std::variant_size_v<typename std::remove_cvref_t<decltype(list)>::value_type>);
    for (const auto& x : list)
      seen[x.index()] = true;
    return std::count(seen.begin(), seen.end(), false);
  };
  CHECK(kinds(all_inputs()) == 0);
  CHECK(kinds(all_commands()) == 1); // publish
  CHECK(kinds(all_events()) == 0);
}

TEST_CASE("every command but publish comes back as it was") {
  auto commands = all_commands();
  commands.insert(commands.begin() + 2, command::publish{told::instance_deleted{1}});
  constexpr auto half_a_century = std::chrono::hours(24) * 365 * 50;
  for (const auto at :
       {instant{}, instant{7s}, instant{-half_a_century}, instant{half_a_century}}) {
    const auto x = read(record_of(at, 0, {}, commands));
    const auto wanted = all_commands();
    REQUIRE(x.effects.size() == wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i)
      CHECK(fields(x.effects[i]) == fields(wanted[i]));
  }
}

TEST_CASE("the instant and the hour of the wall come back, whatever they are") {
  constexpr auto low = std::numeric_limits<std::int64_t>::min();
  constexpr auto high = std::numeric_limits<std::int64_t>::max();
  for (const auto x : {low, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, high}) {
    const auto read_back = read(record_of(instant(duration(x / 4)), x, {}));
    CHECK(read_back.at.time_since_epoch().count() == x / 4);
    CHECK(read_back.wall_us == x);
  }
}

TEST_CASE("an instant from which no time can be counted is no record") {
  for (const auto at : {instant::min(), instant::max()}) {
    const auto result = read_turn(record_of(at, 0, {}));
    CHECK(problem(result) == "its time cannot be");
  }
}

TEST_CASE("the count and the digest of what was told come back") {
  const auto events = all_events();
  told_digest digest;
  for (const auto& e : events)
    digest.add(e);
  const auto x = read(record_of({}, 0, {}, {}, events));
  CHECK(x.told == events.size());
  CHECK(x.told_digest == digest.value());
  const auto silent = read(record_of({}, 0, {}));
  CHECK(silent.told == 0);
  CHECK(silent.told_digest == 0);
}

TEST_CASE("a writer begins each turn anew") {
  turn_writer writer;
  writer.begin(instant{1s}, 5, all_inputs());
  writer.told(told::instance_deleted{1});
  const std::string first(writer.finish(all_commands()));
  writer.begin(instant{2s}, 6, {});
  const std::string second(writer.finish({}));
  CHECK(second == record_of(instant{2s}, 6, {}));
  writer.begin(instant{1s}, 5, all_inputs());
  writer.told(told::instance_deleted{1});
  CHECK(writer.finish(all_commands()) == first);
}

TEST_CASE("inputs that come for each instance are small") {
  const input::health_changed far{800'000, health_state::healthy, {}};
  CHECK(size_of(far, 0) == 4);
  CHECK(size_of(far, 799'999) == 2);
  CHECK(size_of(far, 796'000) == 3); // of the same shard
  CHECK(size_of(input::health_changed{9, health_state::healthy, {3, false}}, 9) == 3);
  CHECK(size_of(input::member_settled{9, failure_reason::none, false, true, {}}, 9)
        == 2);
  CHECK(size_of(input::step_started{{9, step_kind::action, apply_class::reimage, 1}}, 9)
        == 3);
  CHECK(
    size_of(
      input::step_finished{
        {9, step_kind::action, apply_class::reimage, 1, step_outcome::succeeded, {}}},
      9)
    == 3);
  CHECK(size_of(input::timer_fired{5}) == 2);
  CHECK(size_of(input::started{}) == 1);
}

TEST_CASE("a turn of one input is some 30 bytes") {
  // version, kind, instant (7 bytes after an hour), wall (8), 1 input (4), no effect,
  // 1 event and its digest (9), checksum.
  const auto bytes =
    record_of(instant{1h}, 1'893'553'445'000'001,
              {input::health_changed{800'000, {}, {}}}, {}, {told::health_changed{}});
  CHECK(bytes.size() == 2 + 7 + 8 + 1 + 4 + 1 + 9 + 4);
}

TEST_CASE("the bytes of a turn are these") {
  // Records outlive versions: when this fails, the version of records must rise.
  const auto bytes =
    record_of(instant{1s}, 2,
              {input::started{}, input::health_changed{5, health_state::healthy, {}}},
              {command::arm_timer{1, instant{2s}}}, {told::instance_deleted{3}});
  std::string hex;
  for (const auto c : bytes) {
    constexpr auto digits = "0123456789abcdef";
    hex += digits[static_cast<unsigned char>(c) >> 4U];
    hex += digits[static_cast<unsigned char>(c) & 0xfU];
  }
  CHECK(hex == "020280a8d6b907040200110a01040180a8d6b9070141f32b96e57ad1d65edd111b");
}
