// SPDX-License-Identifier: Apache-2.0
// Who goes, and where new ones come: docs/semantics.md, 5b.
#include "drydock/engine/scale.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace drydock::engine;

namespace {

/// `a a b a*`: zones in order of position; `*` is protected, `-` has no zone.
fleet fleet_of(const std::string& text, std::vector<std::string> zones) {
  fleet result(std::move(zones));
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == ' ' || text[at] == '*' || text[at] == '!')
      continue;
    instance_spec spec;
    spec.id = std::to_string(result.size());
    if (text[at] != '-')
      spec.zone = text[at];
    const auto mark = at + 1 < text.size() ? text[at + 1] : ' ';
    spec.protect_from_scale_in = mark == '*';
    spec.protect_from_scale_set_actions = mark == '!';
    result.add(spec);
  }
  return result;
}

std::string chosen(const fleet& x, std::size_t count, scale_in_rule rule,
                   const std::vector<std::uint64_t>& ages = {}) {
  std::string text;
  for (const auto i : select_scale_in(x, count, rule, ages).instances)
    text += (text.empty() ? "" : " ") + std::to_string(i);
  return text;
}

constexpr auto usual = scale_in_rule::highest_id;
constexpr auto oldest = scale_in_rule::oldest_vm;
constexpr auto newest = scale_in_rule::newest_vm;

} // namespace

TEST_CASE("who goes is of the fullest zone, and the first or last of it by the rule") {
  struct row {
    const char* instances;
    std::size_t count;
    scale_in_rule rule;
    const char* goes;
  };
  const row rows[] = {
    // Without zones the age alone decides.
    {"- - - -", 2, usual, "3 2"},
    {"- - - -", 2, newest, "3 2"},
    {"- - - -", 2, oldest, "0 1"},
    // The fullest zone first, and then again the one that is fullest.
    {"a b c a b a", 1, usual, "5"},
    {"a b c a b a", 3, usual, "5 4 3"},
    {"a b c a b a", 3, oldest, "0 1 3"},
    // Of zones that are equally full the last on the list.
    {"a b c", 1, usual, "2"},
    {"a b c", 3, usual, "2 1 0"},
    {"a b c a b c", 4, oldest, "2 1 0 5"},
    // Protected ones are spared, and their zone is balanced all the same.
    {"a a a* b b", 2, usual, "1 4"},
    {"a* a* a* b b", 1, usual, "4"},
    {"a! a a*", 1, newest, "1"},
    // Instances without a zone in a set with zones are a zone of their own.
    {"a b - -", 1, usual, "3"},
    // No more than there are.
    {"a* b", 2, usual, "1"},
    {"a b", 0, usual, ""},
  };
  for (const auto& r : rows) {
    CAPTURE(r.instances);
    CAPTURE(r.count);
    CAPTURE(to_string(r.rule));
    CHECK(chosen(fleet_of(r.instances, {"a", "b", "c"}), r.count, r.rule) == r.goes);
  }
}

TEST_CASE("who was made later is newer, wherever it is listed") {
  const auto x = fleet_of("- - - -", {});
  CHECK(chosen(x, 2, usual, {9, 1, 8, 3}) == "0 2");
  CHECK(chosen(x, 2, newest, {9, 1, 8, 3}) == "0 2");
  CHECK(chosen(x, 2, oldest, {9, 1, 8, 3}) == "1 3");
}

TEST_CASE("it is said how many are protected") {
  CHECK(select_scale_in(fleet_of("a* a! a b*", {"a", "b"}), 2, usual).is_protected
        == 3);
  CHECK(select_scale_in(fleet_of("a a", {"a"}), 1, usual).is_protected == 0);
}

TEST_CASE("new ones come to the emptiest zone, one after the other") {
  const auto zones = [](const std::string& instances, std::size_t count) {
    const auto x = fleet_of(instances, {"a", "b", "c"});
    std::string text;
    for (const auto zone : place_new(x, count))
      text += x.zones()[zone];
    return text;
  };
  CHECK(zones("a b c", 4) == "abca");
  CHECK(zones("a a b", 3) == "cbc");
  CHECK(zones("", 3) == "abc");
  CHECK(place_new(fleet_of("- -", {}), 2)
        == std::vector<std::uint16_t>{fleet::no_zone, fleet::no_zone});
}

TEST_CASE("rules are called as Azure calls them") {
  CHECK(to_string(usual) == "Default");
  CHECK(to_string(oldest) == "OldestVM");
  CHECK(to_string(newest) == "NewestVM");
}
