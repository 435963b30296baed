// SPDX-License-Identifier: Apache-2.0
// When a watched fleet is upgraded.
#include "keeper_samples.hpp"

using namespace drydock::engine;
using namespace drydock::test;

TEST_CASE("a watch begins with an upgrade only where somebody is known to lag") {
  auto lag = nobody_lags(image("1.0.0"));
  lag.lags = true;
  CHECK(keeper().begin(lag) == upgrade_cause::start);
  keeper x;
  CHECK_FALSE(x.begin(nobody_lags(image("1.0.0"))));
  CHECK(x.applied() == image("1.0.0"));
  auto unknown = lag;
  unknown.knows = false;
  CHECK_FALSE(keeper().begin(unknown));
}

TEST_CASE("in manual mode nothing begins before the mode is another one") {
  auto lag = nobody_lags(image("1.0.0"));
  lag.lags = true;
  lag.mode = manual;
  keeper x;
  CHECK_FALSE(x.begin(lag));
  CHECK_FALSE(x.take_file(image("2.0.0"), manual, {}, false));
  CHECK_FALSE(x.is_settled());
  CHECK(x.take_file(image("2.0.0"), rolling, {}, false) == upgrade_cause::file);
}

TEST_CASE("another model begins an upgrade, another policy does not") {
  auto x = kept(image("1.0.0"));
  CHECK_FALSE(x.is_concerned(image("1.0.0"), false));
  CHECK_FALSE(x.take_file(image("1.0.0"), rolling, {}, false));
  CHECK(x.is_concerned(image("2.0.0"), false));
  CHECK(x.take_file(image("2.0.0"), rolling, {}, false) == upgrade_cause::file);
  upgrade(x, image("2.0.0"));
  CHECK(x.applied() == image("2.0.0"));
  CHECK_FALSE(x.take_file(image("2.0.0"), rolling, {}, false));
}

TEST_CASE("what ended badly begins again once the file changes or somebody asks") {
  auto x = kept(image("1.0.0"));
  CHECK(x.take_file(image("2.0.0"), rolling, {}, false));
  upgrade(x, image("2.0.0"), faulted);
  CHECK(x.applied() == image("1.0.0"));
  CHECK_FALSE(x.is_settled());
  CHECK(x.take_file(image("2.0.0"), rolling, {}, true) == upgrade_cause::request);
  // Back to what it had: some may have the other one.
  CHECK(x.take_file(image("1.0.0"), rolling, {}, false) == upgrade_cause::file);
  upgrade(x, image("1.0.0"));
  CHECK(x.is_settled());
}

TEST_CASE("who asks has those tried again that failed, and nothing where all is well") {
  auto x = kept(image("1.0.0"));
  CHECK_FALSE(x.take_file(image("1.0.0"), rolling, {}, true));
  upgrade(x, image("2.0.0"), completed, true);
  CHECK_FALSE(x.take_file(image("2.0.0", "hi"), manual, {}, false));
  x = kept(image("1.0.0"));
  CHECK(x.take_file(image("2.0.0"), rolling, {}, false));
  upgrade(x, image("2.0.0"), completed, true);
  CHECK_FALSE(x.take_file(image("2.0.0"), rolling, {}, false));
  CHECK(x.take_file(image("2.0.0"), rolling, {}, true) == upgrade_cause::request);
}

TEST_CASE("models that some may have are remembered until all have the same") {
  auto x = kept(image("1.0.0"));
  CHECK(x.others().empty());
  upgrade(x, image("2.0.0"), faulted);
  upgrade(x, image("2.0.0"), upgrade_status::cancelled);
  CHECK(x.others() == std::vector{image("2.0.0")});
  upgrade(x, image("3.0.0"), completed, true);
  CHECK(x.others() == std::vector{image("2.0.0"), image("1.0.0")});
  CHECK(x.applied() == image("3.0.0"));
  upgrade(x, image("3.0.0"));
  CHECK(x.others().empty());
  // Where nobody knows what the fleet has, the file says what it went out from.
  keeper unknown;
  unknown.begun(image("2.0.0"), image("1.0.0"));
  unknown.ended(completed, true);
  CHECK(unknown.others() == std::vector{image("1.0.0")});
}

TEST_CASE("after one that was cut short and faulted the fleet has what it had before") {
  keeper x;
  CHECK_FALSE(
    x.begin_after({image("2.0.0"), image("1.0.0"), faulted}, image("2.0.0"), rolling));
  CHECK(x.applied() == image("1.0.0"));
  CHECK(x.others() == std::vector{image("2.0.0")});
  CHECK(x.take_file(image("1.0.0"), rolling, {}, false) == upgrade_cause::file);
  keeper y;
  CHECK_FALSE(y.begin_after({image("2.0.0"), image("1.0.0"), completed, true},
                            image("2.0.0"), rolling));
  CHECK(y.take_file(image("2.0.0"), rolling, {}, true) == upgrade_cause::request);
}

TEST_CASE("after one that was cut short the file counts, but it is not begun again") {
  const auto after = [](upgrade_status status, const value& file, upgrade_mode mode) {
    keeper x;
    return x.begin_after({image("2.0.0"), image("1.0.0"), status}, file, mode);
  };
  CHECK_FALSE(after(completed, image("2.0.0"), rolling));
  CHECK_FALSE(after(faulted, image("2.0.0"), rolling));
  CHECK_FALSE(after(completed, image("latest"), rolling));
  CHECK(after(completed, image("3.0.0"), rolling) == upgrade_cause::file);
  CHECK_FALSE(after(completed, image("3.0.0"), manual));
}

TEST_CASE("a watch begins with a change of capacity, whoever lags and whoever knows") {
  const auto begin = [](bool knows, bool lags, upgrade_mode mode) {
    auto x = nobody_lags(sized(image("1.0.0"), 6));
    x.knows = knows;
    x.lags = lags;
    x.mode = mode;
    x.scales = true;
    keeper k;
    CHECK(k.begin(x) == upgrade_cause::start);
    return k;
  };
  CHECK(begin(true, false, rolling).only_capacity());
  CHECK(begin(false, false, rolling).only_capacity());
  CHECK_FALSE(begin(true, true, rolling).only_capacity());
  // In manual mode nobody is named, and who lags still does afterwards.
  auto x = begin(true, true, manual);
  CHECK(x.only_capacity());
  upgrade(x, sized(image("1.0.0"), 6));
  CHECK_FALSE(x.is_settled());
  CHECK_FALSE(x.applied());
  CHECK(x.take_file(sized(image("1.0.0"), 6), rolling, {}, false)
        == upgrade_cause::file);
  CHECK_FALSE(x.only_capacity());
}

TEST_CASE("a change of capacity in the file upgrades nobody, in every mode") {
  for (const auto mode : {rolling, manual}) {
    auto x = kept(sized(image("1.0.0"), 4));
    const auto wanted = sized(image("1.0.0"), 6);
    CHECK_FALSE(x.is_concerned(wanted, false));
    CHECK(x.take_file(wanted, mode, {}, false, true) == upgrade_cause::file);
    CHECK(x.only_capacity());
    CHECK(x.applied() == wanted);
    upgrade(x, wanted);
    CHECK(x.is_settled());
    CHECK_FALSE(x.take_file(wanted, mode, {}, false));
    CHECK_FALSE(x.take_file(wanted, mode, {}, true));
    // Nor does one that is as many as there are, or that says nothing of it any more.
    CHECK_FALSE(x.take_file(image("1.0.0"), mode, {}, false));
    CHECK(x.applied() == image("1.0.0"));
  }
  auto x = kept(image("1.0.0"));
  CHECK(x.take_file(sized(image("2.0.0"), 6), rolling, {}, false, true));
  CHECK_FALSE(x.only_capacity());
  x = kept(image("1.0.0"));
  CHECK(x.take_file(sized(image("2.0.0"), 6), manual, {}, false, true));
  CHECK(x.only_capacity());
  CHECK_FALSE(x.is_settled());
}

TEST_CASE("a change of capacity is no reason to look for a newer image") {
  auto x = kept(image("latest"));
  CHECK(x.take_file(sized(image("latest"), 6), rolling, "1.1.0", false, true)
        == upgrade_cause::file);
  CHECK(x.only_capacity());
  CHECK(x.applied() == sized(image("1.0.0"), 6));
  upgrade(x, *x.applied());
  CHECK(x.take_image("1.1.0", by_itself(true)) == std::nullopt);
  // What waits for a word waits on.
  CHECK(x.take_file(sized(image("latest"), 4), rolling, "1.0.0", false, true));
  upgrade(x, *x.applied());
  CHECK(x.pending_image() == "1.1.0");
  CHECK(x.take_word("1.1.0", true) == upgrade_cause::image);
  CHECK_FALSE(x.only_capacity());
}

TEST_CASE("where the fleet's image is not known the capacity changes once it is") {
  keeper::beginning begins{.model = sized(image("latest"), 6), .knows = true};
  begins.scales = true;
  keeper x;
  CHECK_FALSE(x.begin(begins));
  auto y = x;
  CHECK(x.take_image("1.0.0", by_itself()) == upgrade_cause::start);
  CHECK(x.only_capacity());
  upgrade(x, *x.applied());
  CHECK_FALSE(x.take_image("1.0.0", by_itself()));
  CHECK(y.is_concerned(begins.model, false));
  CHECK(y.take_file(begins.model, rolling, "1.0.0", false, true)
        == upgrade_cause::file);
  CHECK(y.only_capacity());
  CHECK(y.applied() == sized(image("1.0.0"), 6));
}

TEST_CASE("a capacity that was not reached is tried again as whatever failed is") {
  auto x = kept(sized(image("1.0.0"), 4));
  const auto wanted = sized(image("1.0.0"), 6);
  CHECK(x.take_file(wanted, rolling, {}, false, true));
  upgrade(x, wanted, completed, true);
  CHECK(x.is_settled());
  CHECK(x.others().empty());
  CHECK(x.take_file(wanted, rolling, {}, true, true) == upgrade_cause::request);
  CHECK(x.only_capacity());
  upgrade(x, wanted, upgrade_status::cancelled);
  CHECK(x.applied() == wanted);
  CHECK(x.take_file(wanted, rolling, {}, false, true) == upgrade_cause::file);
  // Also beside an upgrade of all: who asks has both.
  const auto next = sized(image("2.0.0"), 6);
  CHECK(x.take_file(next, rolling, {}, false, true) == upgrade_cause::file);
  upgrade(x, next, completed, true);
  CHECK(x.take_file(next, rolling, {}, true, true) == upgrade_cause::request);
  CHECK_FALSE(x.only_capacity());
}

TEST_CASE("after one that was cut short another capacity counts, the same does not") {
  const auto had = sized(image("1.0.0"), 4);
  const auto target = sized(image("1.0.0"), 6);
  const auto after = [&](int capacity, upgrade_status status, upgrade_mode mode) {
    keeper x;
    const auto next =
      x.begin_after({target, had, status}, sized(image("1.0.0"), capacity), mode, true);
    CHECK(x.applied() == (status == completed ? target : had));
    return next ? std::optional(x.only_capacity()) : std::nullopt;
  };
  CHECK(after(6, completed, rolling) == std::nullopt);
  CHECK(after(8, completed, rolling) == true);
  CHECK(after(8, completed, manual) == true);
  // One that did not complete begins again with whatever changes.
  CHECK(after(6, faulted, rolling) == std::nullopt);
  CHECK(after(8, faulted, rolling) == false);
  // One that named nobody brought nobody to the file's model.
  keeper x;
  const auto lags = sized(image("2.0.0"), 6);
  CHECK_FALSE(x.begin_after({lags, had, completed, false, true}, lags, manual, false));
  CHECK(x.applied() == had);
  CHECK(x.take_file(lags, rolling, {}, false) == upgrade_cause::file);
  CHECK_FALSE(x.only_capacity());
}
