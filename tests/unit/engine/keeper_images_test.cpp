// SPDX-License-Identifier: Apache-2.0
// When a watched fleet is upgraded to a newer image.
#include "keeper_samples.hpp"

using namespace drydock::engine;
using namespace drydock::test;

TEST_CASE("a newer image begins an upgrade where that is wanted") {
  auto x = kept(image("latest"));
  CHECK(x.applied() == image("1.0.0"));
  CHECK_FALSE(x.take_image("1.0.0", by_itself()));
  CHECK_FALSE(x.take_image("1.1.0", {}));
  CHECK_FALSE(x.take_image("", by_itself()));
  CHECK(x.take_image("1.1.0", by_itself()) == upgrade_cause::image);
  upgrade(x, image("1.1.0"));
  CHECK_FALSE(x.take_image("1.1.0", by_itself()));
  auto fixed = kept(image("1.0.0"));
  CHECK_FALSE(fixed.take_image("1.1.0", by_itself()));
}

TEST_CASE("an image that did not do is not tried again, a newer one is") {
  auto x = kept(image("latest"));
  CHECK(x.take_image("1.1.0", by_itself()));
  upgrade(x, image("1.1.0"), faulted);
  CHECK_FALSE(x.take_image("1.1.0", by_itself()));
  CHECK(x.take_image("1.2.0", by_itself()) == upgrade_cause::image);
  // Nor by the next keeper, which is told.
  CHECK(x.tried_image() == "1.1.0");
  auto next = kept(image("latest"));
  next.remember_images("1.1.0", {});
  CHECK_FALSE(next.take_image("1.1.0", by_itself()));
  CHECK(next.take_image("1.2.0", by_itself()) == upgrade_cause::image);
  // Unless somebody asks.
  CHECK(x.take_file(image("latest"), rolling, "1.1.0", true) == upgrade_cause::request);
}

TEST_CASE("the image that the fleet is known to have counts, not the newest one") {
  auto begins = nobody_lags(image("latest"));
  begins.image = "0.9.0";
  keeper x;
  CHECK_FALSE(x.begin(begins));
  CHECK(x.applied() == image("0.9.0"));
  CHECK(x.take_image("1.0.0", by_itself()) == upgrade_cause::image);
}

TEST_CASE("where nobody could tell the newest image the next one is the fleet's") {
  keeper::beginning begins{.model = image("latest"), .knows = true};
  keeper x;
  CHECK_FALSE(x.begin(begins));
  CHECK_FALSE(x.applied());
  CHECK_FALSE(x.take_image("", by_itself()));
  CHECK_FALSE(x.take_image("1.0.0", by_itself()));
  CHECK(x.applied() == image("1.0.0"));
  CHECK(x.take_image("1.1.0", by_itself()) == upgrade_cause::image);
}

TEST_CASE("where it is deferred an image waits for a word") {
  auto x = kept(image("latest"));
  CHECK_FALSE(x.take_image("1.1.0", by_itself(true)));
  CHECK(x.pending_image() == "1.1.0");
  CHECK_FALSE(x.take_word("1.0.0", true));
  CHECK(x.take_word("1.1.0", true) == upgrade_cause::image);
  CHECK_FALSE(x.pending_image());
  // A rejected one is passed over, and the next one asked about.
  x = kept(image("latest"));
  CHECK_FALSE(x.take_image("1.1.0", by_itself(true)));
  CHECK_FALSE(x.take_word("1.1.0", false));
  CHECK_FALSE(x.take_image("1.1.0", by_itself(true)));
  CHECK_FALSE(x.pending_image());
  CHECK_FALSE(x.take_image("1.2.0", by_itself(true)));
  CHECK(x.pending_image() == "1.2.0");
  // An upgrade to another one does not answer that.
  x.begun(image("1.0.0", "hello"));
  CHECK(x.pending_image() == "1.2.0");
  // What is under way is not asked about any more.
  x.begun(image("1.2.0"));
  CHECK_FALSE(x.pending_image());
  // Nor is one once the file names a version itself.
  x = kept(image("latest"));
  CHECK_FALSE(x.take_image("1.1.0", by_itself(true)));
  CHECK(x.take_file(image("1.0.0", "hello"), rolling, {}, false));
  CHECK_FALSE(x.pending_image());
}

TEST_CASE("what the keeper before asked about, or heard, is known to the next one") {
  auto x = kept(image("latest"));
  x.await_word("1.1.0");
  CHECK(x.take_word("1.1.0", true) == upgrade_cause::image);
  x = kept(image("latest"));
  x.remember_images({}, "1.1.0");
  CHECK_FALSE(x.take_image("1.1.0", by_itself(true)));
  CHECK_FALSE(x.pending_image());
  CHECK_FALSE(x.take_image("1.1.0", by_itself()));
  CHECK(x.take_image("1.2.0", by_itself()) == upgrade_cause::image);
}

TEST_CASE("no other upgrade brings an image that was rejected or waits for a word") {
  const auto file = upgrade_cause::file;
  auto x = kept(image("latest"));
  CHECK(x.version_for(file, "1.1.0", by_itself()) == "1.1.0");
  CHECK(x.version_for(file, "1.1.0", {}) == "1.1.0");
  CHECK(x.version_for(file, "1.1.0", by_itself(true)) == "1.0.0");
  CHECK(x.version_for(upgrade_cause::request, "1.1.0", by_itself(true)) == "1.0.0");
  // One that was let in, and did not come to its end.
  x.begun(image("1.1.0"));
  x.ended(faulted, true);
  CHECK(x.version_for(file, "1.1.0", by_itself(true)) == "1.1.0");
  CHECK(x.version_for(file, "1.2.0", by_itself(true)) == "1.0.0");
  // Rejected, whether or not others have to be approved.
  x = kept(image("latest"));
  CHECK_FALSE(x.take_image("1.1.0", by_itself(true)));
  CHECK_FALSE(x.take_word("1.1.0", false));
  CHECK(x.rejected_image() == "1.1.0");
  CHECK(x.version_for(file, "1.1.0", by_itself()) == "1.0.0");
  CHECK(x.version_for(file, "1.2.0", by_itself()) == "1.2.0");
}

TEST_CASE("a watch that begins does not try an image again because somebody lags") {
  auto begins = nobody_lags(image("latest"));
  begins.image = "0.9.0";
  begins.lags = true;
  keeper x;
  x.remember_images("1.0.0", {});
  CHECK(x.begin(begins) == upgrade_cause::start);
  CHECK(x.version_for(upgrade_cause::start, "1.0.0", by_itself()) == "0.9.0");
  CHECK(x.version_for(upgrade_cause::start, "1.1.0", by_itself()) == "1.1.0");
  CHECK(x.version_for(upgrade_cause::request, "1.0.0", by_itself()) == "1.0.0");
  // An upgrade to what the fleet has does not make it one that is worth a try.
  upgrade(x, image("0.9.0"));
  CHECK(x.tried_image() == "1.0.0");
  CHECK_FALSE(x.take_image("1.0.0", by_itself()));
  CHECK(x.take_image("1.1.0", by_itself()) == upgrade_cause::image);
}

TEST_CASE("what was approved and ended badly may be asked for at the next watch") {
  auto begins = nobody_lags(image("latest"));
  begins.image = "0.9.0";
  keeper x;
  x.remember_images("1.0.0", {});
  CHECK_FALSE(x.begin(begins));
  CHECK(x.version_for(upgrade_cause::request, "1.0.0", by_itself(true)) == "1.0.0");
  CHECK(x.version_for(upgrade_cause::file, "1.0.0", by_itself(true)) == "0.9.0");
  x.remember_images("1.0.0", "1.0.0");
  CHECK(x.version_for(upgrade_cause::request, "1.0.0", by_itself(true)) == "0.9.0");
}

TEST_CASE("a newer image begins an upgrade where somebody lags and nobody is named") {
  auto begins = nobody_lags(image("latest"));
  begins.image = "0.9.0";
  begins.lags = true;
  begins.mode = manual;
  keeper x;
  x.remember_images("1.0.0", {});
  CHECK_FALSE(x.begin(begins));
  CHECK_FALSE(x.applied());
  CHECK(x.fleet_image() == "0.9.0");
  CHECK_FALSE(x.take_image("1.0.0", by_itself()));
  CHECK(x.take_image("1.1.0", by_itself()) == upgrade_cause::image);
}

TEST_CASE("causes have names, and Azure's words for who it was") {
  CHECK(to_string(upgrade_cause::start) == "start");
  CHECK(to_string(upgrade_cause::file) == "file");
  CHECK(to_string(upgrade_cause::request) == "request");
  CHECK(to_string(upgrade_cause::image) == "image");
  CHECK(started_by(upgrade_cause::image) == "Platform");
  CHECK(started_by(upgrade_cause::file) == "User");
}
