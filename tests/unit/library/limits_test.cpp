// SPDX-License-Identifier: Apache-2.0
// Lengths of time and counts that are out of reach. A deadline that no clock holds
// would have passed at once, and protect nobody.
#include "fixture.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace drydock;
using namespace drydock::testing;

namespace {

constexpr duration longest = std::chrono::hours(24 * 365);

struct length {
  const char* name;
  std::function<duration&(scale_set_options&)> in;
};

std::vector<length> lengths_of_policy() {
  return {{"pause_time_between_batches",
           [](auto& x) -> auto& {return x.policy.rolling.pause_time_between_batches;
}
}
, {"min_ready", [](auto& x) -> auto& {return x.policy.rolling.min_ready;
}
}
, {"health_timeout", [](auto& x) -> auto& {return x.policy.rolling.health_timeout;
}
}
, {"progress_deadline", [](auto& x) -> auto& {return x.policy.rolling.progress_deadline;
}
}
, {"approval_timeout", [](auto& x) -> auto& {return x.policy.rolling.approval_timeout;
}
}
, {"bake", [](auto& x) -> auto& {x.policy.rolling.checkpoints.resize(1);
return x.policy.rolling.checkpoints.front().bake;
}
}
,
}
;
}

std::vector<length> lengths_of_set() {
  auto all = lengths_of_policy();
  all.push_back(
    {"health.interval", [](auto& x) -> auto& { return x.health.interval;
}
});
  all.push_back({"health.timeout", [](auto& x) -> auto& { return x.health.timeout;
  }
  });
  all.push_back(
    {"health.grace_period", [](auto& x) -> auto& { return x.health.grace_period;
  }
  });
  all.push_back({"retry.timeout", [](auto& x) -> auto& { return x.retry.timeout;
  }
  });
  all.push_back(
    {"retry.backoff_initial", [](auto& x) -> auto& { return x.retry.backoff_initial;
  }
  });
  all.push_back(
    {"retry.backoff_max", [](auto& x) -> auto& { return x.retry.backoff_max;
  }
  });
  return all;
  }

  void check_refused(const result<scale_set>& set, const std::string& about) {
    CAPTURE(about);
    REQUIRE_FALSE(set);
    CHECK(set.error().code == error_code::invalid_argument);
    CHECK_MESSAGE(set.error().message.find(about) != std::string::npos,
                  set.error().message);
  }

  template <class Spec>
  scale_set_options set_by(Spec spec) {
    auto options = make_set(5, nullptr);
    options.prober = nullptr;
    options.health.kind = health_kind::binary_extension;
    options.driver = std::move(spec);
    return options;
  }

  } // namespace

  TEST_CASE("no length of time is longer than a year") {
    upgrade_engine engine;
    const auto by = std::make_shared<scripted_driver>(succeed);
    for (const auto& one : lengths_of_set()) {
      CAPTURE(one.name);
      auto options = make_set(5, by);
      one.in(options) = longest;
      CHECK(engine.add(options));
      CHECK(engine.remove("web"));
      for (const auto beyond : {longest + duration{1}, duration::max()}) {
        one.in(options) = beyond;
        check_refused(engine.add(options), one.name);
      }
    }
  }

  TEST_CASE("nor does a change bring a longer one") {
    upgrade_engine engine;
    const auto by = std::make_shared<scripted_driver>(succeed);
    auto set = *engine.add(make_set(5, by));
    for (const auto& one : lengths_of_policy()) {
      auto options = make_set(5, by);
      one.in(options) = duration::max();
      auto what = to_version(2);
      what.policy = options.policy;
      const auto run = set.start_upgrade(what);
      CAPTURE(one.name);
      REQUIRE_FALSE(run);
      CHECK(run.error().code == error_code::invalid_argument);
      CHECK(run.error().message.find(one.name) != std::string::npos);
    }
    CHECK(by->upgrades == 0);
  }

  TEST_CASE("retries of drivers that come with the library are held to the same") {
    upgrade_engine engine;
    simulated_spec fleet;
    fleet.retry.max_attempts = 0;
    check_refused(engine.add(set_by(fleet)), "retry.max_attempts");
    fleet = {};
    fleet.timeout = duration::max();
    check_refused(engine.add(set_by(fleet)), "simulated_spec::timeout");
    fleet.timeout = duration{-1};
    check_refused(engine.add(set_by(fleet)), "simulated_spec::timeout");
    command_spec commands;
    commands.retry.timeout = duration::max();
    check_refused(engine.add(set_by(commands)), "retry.timeout");
    commands = {};
    commands.around.approve_interval = duration::max();
    check_refused(engine.add(set_by(commands)), "approve_interval");
  }

  TEST_CASE("an action that will never be done is not done at once") {
    engine_options how;
    how.clock = clock_kind::virtual_time;
    upgrade_engine engine(std::move(how));
    auto options = make_set(10, std::make_shared<scripted_driver>(
                                  [](const instance&, const action&, completion done) {
                                    done.succeed(duration::max());
                                  }));
    options.retry.timeout = 1h;
    options.policy.rolling.progress_deadline = 10h;
    const auto report =
      engine.add(std::move(options))->start_upgrade(to_version(2))->wait();
    CHECK(report.progress.successful == 0);
    CHECK(report.progress.failed > 0);
    CHECK(report.end - report.start >= 1h);
  }

  TEST_CASE("a rehearsal has at least one run, and options within their ranges") {
    upgrade_engine engine;
    auto set = *engine.add(set_by(simulated_spec{}));
    const auto refused = [&](const char* about, const rehearsal_options& how) {
      CAPTURE(about);
      const auto odds = rehearse(set, to_version(2), how);
      REQUIRE_FALSE(odds);
      CHECK(odds.error().code == error_code::invalid_argument);
      CHECK(odds.error().message.find(about) != std::string::npos);
    };
    refused("runs", {.runs = 0});
    refused("until_precision", {.until_precision = -1.0});
    refused("until_precision",
            {.until_precision = std::numeric_limits<double>::quiet_NaN()});
    refused("time_limit", {.time_limit = -1s});
    refused("time_limit", {.time_limit = duration::max()});
    rehearsal_options how{.world = simulated_spec{}, .runs = 1};
    how.world->timeout = duration::max();
    refused("world", how);
    CHECK(rehearse(set, to_version(2), {.runs = 1})->runs == 1);
  }
