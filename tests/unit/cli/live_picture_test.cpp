// SPDX-License-Identifier: Apache-2.0
#include "live_picture.hpp"

#include "fleets.hpp"
#include "text.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace drydock::cli;
using namespace drydock::engine;

namespace {

const told::upgrade_started rolling_start{upgrade_mode::rolling, 12, 12, 0, 0,
                                          apply_class::reimage};

std::string text_of(const std::vector<picture_line>& lines) {
  std::string text;
  for (const auto& line : lines)
    text += plain_text(line) + '\n';
  return text;
}

std::string picture(const live_state& state, picture_frame frame = {}) {
  return text_of(draw(state, frame));
}

batch_place in_zone(std::uint16_t zone) {
  return {custom_metrics::no_phase, zone, fleet::no_update_domain};
}

told::step_finished action_done(instance_index i) {
  return {i, step_kind::action, apply_class::reimage, 1, step_outcome::succeeded, {}};
}

/// An upgrade of `count` instances with one in every state it can have.
live_state busy_state(std::size_t count, std::vector<std::string> zones) {
  const auto context = context_of(count, std::move(zones));
  live_state state(context);
  const auto n = static_cast<std::uint32_t>(count);
  state.take(rolling_start, 0s);
  state.take(told::instance_skipped{n / 2, skip_reason::is_protected}, 0s);
  state.take(make_batch(1, first_instances(std::max(1U, n / 3)), in_zone(0)), 1s);
  const std::string message(300, 'x');
  for (instance_index i = 0; i < std::min(n, 5U); ++i)
    state.take(
      told::instance_settled{i, failure_reason::health_timeout, false, message}, 2s);
  state.take(told::rollback_started{0}, 3s);
  state.take(
    told::health_changed{n - 1, health_state::healthy, health_state::unhealthy}, 3s);
  told::waiting wait;
  wait.reason = wait_reason::unavailable_instances;
  wait.limit = "max_unhealthy_instance_percent = 20: 2 of 10";
  wait.holders = {n - 1};
  wait.holder_count = 1;
  wait.remaining = 30min;
  state.take(wait, 3s);
  return state;
}

} // namespace

TEST_CASE("a picture has a title, cells by zone, a legend, the batch and counts") {
  live_state state(context_of(12, {"1", "2", "3"}));
  CHECK(picture(state) == R"(web  00:00
zone 1 ····
zone 2 ····
zone 3 ····
· pending  ◐ in work  ● done
0 of 12 done (0 %), 12 pending
)");
  state.take(rolling_start, 0s);
  state.take(told::instance_skipped{5, skip_reason::is_protected}, 0s);
  state.take(make_batch(1, {0, 3, 6}, in_zone(0)), 1s);
  state.take(action_done(0), 2s);
  state.take(told::instance_settled{3, failure_reason::none, false, {}}, 3s);
  state.take(told::health_changed{10, health_state::healthy, health_state::unknown},
             3s);
  picture_frame frame;
  frame.elapsed = 155s;
  CHECK(picture(state, frame) == R"(web  rolling, reimage  02:35
zone 1 ↻●◐·
zone 2 ···!
zone 3 ·–··
· pending  ◐ in work  ↻ waiting for health  ● done  ! unhealthy  – skipped
batch 1 in zone 1: 3 instances, 2 left
1 of 12 done (8 %), 2 in work, 8 pending, 1 skipped, 1 unhealthy
)");
}

TEST_CASE("failures, cancel and the end are told, in ASCII where nothing else shows") {
  live_state state(context_of(6));
  state.take(rolling_start, 0s);
  state.take(make_batch(1, {0, 1, 2, 3, 4}), 1s);
  for (const instance_index i : {0U, 1U, 2U, 3U})
    state.take(told::instance_settled{i, failure_reason::action_failed, true,
                                      "exit status 1: gr\xc3\xb6\xc3\x9f"
                                      "e\nmore"},
               2s);
  state.take(told::cancel_requested{"SIGINT", false}, 2s);
  picture_frame frame;
  frame.unicode = false;
  CHECK(picture(state, frame) == R"(web  rolling, reimage  00:00
XXXX*.
. pending  * in work  # done  X failed
batch 1: 5 instances, 1 left
0 of 6 done (0 %), 4 failed, 1 in work, 1 pending
cancelling: finishing what has begun; interrupt again to stop at once
X web-1 ActionFailed: exit status 1: gr??e more
X web-2 ActionFailed: exit status 1: gr??e more
X web-3 ActionFailed: exit status 1: gr??e more
)");
  state.take(told::instance_released{4}, 3s);
  state.take(told::batch_finished{1, 0, 4}, 3s);
  state.take(told::upgrade_finished{upgrade_status::cancelled, {}, {}}, 3s);
  CHECK(picture(state, frame).substr(0, 170)
        == R"(web  rolling, reimage  00:00  Cancelled
XXXX..
. pending  * in work  # done  X failed
batch 1 finished: 0 succeeded, 4 failed
0 of 6 done (0 %), 4 failed, 2 pending
X web)");
}

TEST_CASE("a wait tells the time that is left, until it is over") {
  live_state state(context_of(10));
  state.take(rolling_start, 0s);
  told::waiting wait;
  wait.reason = wait_reason::pause;
  wait.remaining = 30s;
  state.take(wait, 60s);
  picture_frame frame;
  frame.elapsed = 65500ms; // a second that has begun counts
  CHECK(picture(state, frame).find("\n00:25 left, pause between batches\n")
        != std::string::npos);
  frame.elapsed = 95s; // late
  CHECK(picture(state, frame).find("\n00:00 left, pause between batches\n")
        != std::string::npos);
  SUBCASE("by a check") {
    state.take(told::check_judged{check_kind::before_batch, 0, 10, 20, {}}, 90s);
  }
  SUBCASE("by a batch") {
    state.take(make_batch(2, {1}), 90s);
  }
  SUBCASE("by the end") {
    state.take(told::upgrade_finished{}, 90s);
  }
  CHECK(picture(state, frame).find("pause") == std::string::npos);
}

TEST_CASE("what instances go through shows in their cells") {
  live_state state(context_of(2));
  const auto shown = [&] { return state.shown(0); };
  CHECK(shown() == cell::pending);
  state.take(rolling_start, 0s);
  state.take(
    told::health_changed{0, health_state::initializing, health_state::unhealthy}, 0s);
  CHECK(shown() == cell::unhealthy);
  state.take(make_batch(1, {0}), 0s);
  CHECK(shown() == cell::working);
  state.take(action_done(0), 0s);
  CHECK(shown() == cell::settling);
  state.take(told::step_started{0, step_kind::after_instance, apply_class::reimage, 1},
             0s);
  CHECK(shown() == cell::working);
  state.take(told::instance_settled{0, failure_reason::none, false, {}}, 0s);
  CHECK(shown() == cell::unhealthy);
  state.take(told::health_changed{0, health_state::unhealthy, health_state::healthy},
             0s);
  CHECK(shown() == cell::succeeded);
  state.take(make_batch(2, {0}), 0s);
  state.take(told::instance_settled{0, failure_reason::hook_failed, false, {}}, 0s);
  CHECK(shown() == cell::failed);
  state.take(told::rollback_started{0}, 0s);
  CHECK(shown() == cell::rolling_back);
  state.take(told::step_started{0, step_kind::action, apply_class::reimage, 1}, 0s);
  CHECK(shown() == cell::rolling_back);
  state.take(told::rollback_finished{0, true, false, {}}, 0s);
  CHECK(shown() == cell::failed);
  state.take(told::instance_deleted{0}, 0s);
  CHECK(shown() == cell::gone);
  CHECK(state.standing(cell::gone) == 1);
  CHECK(state.standing(cell::pending) == 1);
  CHECK(state.standing(cell::failed) == 0);
}

TEST_CASE("instances on the latest model are up to date from the start") {
  auto instances = make_fleet(3);
  instances.set_latest_model_applied(1, true);
  live_state state(context_of(std::move(instances)));
  CHECK(state.shown(1) == cell::up_to_date);
  CHECK(state.standing(cell::up_to_date) == 1);
  state.take(
    told::upgrade_started{upgrade_mode::rolling, 3, 0, 3, 0, apply_class::none}, 0s);
  CHECK(state.standing(cell::up_to_date) == 3);
}

TEST_CASE("a member that is deleted or released leaves its batch") {
  live_state state(context_of(10));
  state.take(make_batch(1, {0, 1, 2, 3}), 0s);
  state.take(told::batch_extended{1, {4}}, 0s);
  state.take(told::instance_deleted{0}, 0s);
  state.take(told::instance_released{1}, 0s);
  state.take(told::instance_deleted{9}, 0s); // no member
  CHECK(state.current().size == 5);
  CHECK(state.current().left == 3);
}

TEST_CASE("where a cell stands for several instances the worst state wins") {
  live_state state(context_of(100'000));
  state.take(rolling_start, 0s);
  std::vector<instance_index> members(50'000);
  std::iota(members.begin(), members.end(), 0U);
  state.take(make_batch(1, members), 0s);
  for (const auto i : members)
    state.take(told::instance_settled{i,
                                      i == 25'000 ? failure_reason::health_timeout
                                                  : failure_reason::none,
                                      false,
                                      {}},
               1s);
  picture_frame frame;
  frame.columns = 50;
  frame.rows = 12; // 10 lines beside title and cursor, 7 of them for the footer
  const auto line = [](const char* glyph, int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += glyph;
    return text;
  };
  CHECK(picture(state, frame)
        == "web  00:00  each cell = 1000 instances\n" + line("●", 25) + "✖"
             + line("●", 24) + '\n' + line("·", 50)
             + "\n· pending  ◐ in work  ● done  ✖ failed\n"
               "batch 1: 50000 instances, 0 left\n"
               "49999 of 100000 done (49 %), 1 failed, 50000 pend…\n"
               "✖ web-25000 HealthTimeout\n");
}

TEST_CASE("lines that wrap stand below their first one") {
  live_state state(context_of(60, {"a", "bb"}));
  picture_frame frame;
  frame.columns = 28;
  CHECK(picture(state, frame) == R"(web  00:00
zone a  ····················
        ··········
zone bb ····················
        ··········
· pending  ◐ in work  ● done
0 of 60 done (0 %), 60 pend…
)");
}

TEST_CASE("more zones than lines are shown as one row") {
  std::vector<std::string> zones;
  for (int i = 0; i < 40; ++i)
    zones.push_back(std::to_string(i));
  live_state state(context_of(80, zones));
  picture_frame frame;
  frame.rows = 10;
  CHECK(picture(state, frame) == "web  00:00\n" + [] {
    std::string cells;
    for (int i = 0; i < 80; ++i)
      cells += "·";
    return cells;
  }() + "\n· pending  ◐ in work  ● done\n0 of 80 done (0 %), 80 pending\n");
}

TEST_CASE("no two states look alike, in either alphabet") {
  for (const auto unicode : {true, false}) {
    live_state state(busy_state(9, {}));
    state.take(action_done(0), 4s);
    picture_frame frame;
    frame.columns = 200;
    frame.unicode = unicode;
    const auto legend = draw(state, frame)[2];
    std::set<std::string> glyphs;
    std::size_t entries = 0;
    for (const auto& run : legend)
      if (run.tone) {
        glyphs.insert(run.text);
        ++entries;
      }
    CHECK(entries >= 7);
    CHECK(glyphs.size() == entries);
  }
}

TEST_CASE("colours surround the text of a state only") {
  CHECK(coloured_text({{"zone 1 ", std::nullopt}, {"●●", cell::succeeded}})
        == "zone 1 \x1b[32m●●\x1b[0m");
}

TEST_CASE("no picture is wider than the terminal or as high") {
  const std::vector<std::string> zone_lists[] = {
    {},
    {"1", "2", "3"},
    {"a zone with a very long name", "日本", "c", "d", "e", "f", "g"}};
  for (const std::size_t count :
       {1UL, 2UL, 9UL, 30UL, 100UL, 1'000UL, 7'777UL, 100'000UL})
    for (const auto& zones : zone_lists) {
      const auto state = busy_state(count, zones);
      // Large fleets cost milliseconds a picture: fewer sizes of them.
      const std::size_t step = count > 1'000 ? 90 : count > 30 ? 9 : 1;
      std::size_t too_wide = 0, too_high = 0, without_cells = 0;
      for (std::size_t wide = 20; wide <= 200; wide += step)
        for (const std::size_t high : {5UL, 6UL, 7UL, 9UL, 13UL, 24UL, 50UL}) {
          const auto unicode = (wide + high) % 2 == 0;
          const auto lines = draw(state, {wide, high, unicode, 100h});
          too_high += lines.size() >= high ? 1 : 0;
          without_cells += lines.size() < 4 ? 1 : 0;
          for (const auto& line : lines)
            too_wide += columns(plain_text(line)) > wide ? 1 : 0;
        }
      CAPTURE(count);
      CAPTURE(zones.size());
      CHECK(too_wide == 0);
      CHECK(too_high == 0);
      CHECK(without_cells == 0);
    }
}

TEST_CASE("tiny terminals get what fits") {
  const auto state = busy_state(30, {"1", "2"});
  CHECK(draw(state, {0, 24, true, 0s}).empty());
  CHECK(draw(state, {80, 1, true, 0s}).empty());
  CHECK(text_of(draw(state, {80, 2, true, 0s})).substr(0, 3) == "web");
  for (std::size_t wide = 1; wide < 20; ++wide)
    for (std::size_t high = 2; high < 8; ++high) {
      const auto lines = draw(state, {wide, high, true, 0s});
      CHECK(lines.size() == high - 1);
      for (const auto& line : lines)
        CHECK(columns(plain_text(line)) <= wide);
    }
}

TEST_CASE("what a rehearsal says is left stands behind the counts, until the end") {
  live_state state(context_of(12, {}));
  state.take(rolling_start, 0s);
  state.take(make_batch(1, first_instances(2)), 1s);
  picture_frame frame;
  frame.remaining = 64500ms;
  frame.finish = "14:32";
  CHECK(picture(state, frame).find("; about 01:05 left, until 14:32")
        != std::string::npos);
  CHECK(picture(state).find("about") == std::string::npos);
  state.take(told::instance_settled{0, failure_reason::none, false, {}}, 9s);
  CHECK(state.settled() == 1);
  CHECK(state.taking_part() == 12);
  CHECK(state.last_settled() == 9s);
  state.take(told::upgrade_finished{}, 10s);
  CHECK(picture(state, frame).find("about") == std::string::npos);
}
