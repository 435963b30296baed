// SPDX-License-Identifier: Apache-2.0
#include "event_writer.hpp"

#include "fleets.hpp"

#include <doctest/doctest.h>

#include <random>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace drydock;
using namespace drydock::cli;
using namespace drydock::engine;

namespace {

using pace = event_writer::pace;
using told_at = std::pair<upgrade_event, duration>;

/// A file without a name.
class file_at_hand {
public:
  file_at_hand() : file_(std::tmpfile()) { REQUIRE(file_ != nullptr); }
  ~file_at_hand() { std::fclose(file_); }
  file_at_hand(const file_at_hand&) = delete;
  file_at_hand& operator=(const file_at_hand&) = delete;

  [[nodiscard]] int descriptor() const { return fileno(file_); }

  [[nodiscard]] std::string text() const {
    struct stat facts {};
    REQUIRE(fstat(descriptor(), &facts) == 0);
    std::string result(static_cast<std::size_t>(facts.st_size), '\0');
    REQUIRE(pread(descriptor(), result.data(), result.size(), 0) == facts.st_size);
    return result;
  }

private:
  std::FILE* file_;
};

const std::vector<std::string> odd_texts = {
  "plain",
  "quotes \"",
  "backslashes \\",
  "delete \x7f",
  "unit separator \x1f",
  "tab\t line\n return\r back\b form\f",
  std::string("zero \0 one \x01", 12),
  "Umläute, 日本, 🚢",
  "cut short \xe6\x97",
  "lonely \x80, overlong \xc0\xaf, surrogate \xed\xa0\x80, beyond \xf4\x90\x80\x80 end",
  std::string(1023, 'l'),
  std::string(1025, 'l'),
  std::string(5000, 'l') + '"' + std::string(5000, '\xff'),
};

std::shared_ptr<const fleet> odd_fleet() {
  auto result = std::make_shared<fleet>(std::vector<std::string>{"1", "zone \"\xff\""});
  for (const auto& text : odd_texts) {
    instance_spec spec;
    spec.id = text;
    spec.zone = result->zones()[result->size() % 2];
    result->add(spec);
  }
  return result;
}

/// Identities of every length that is copied in a way of its own.
std::shared_ptr<const fleet> plain_fleet() {
  auto result = std::make_shared<fleet>(std::vector<std::string>{"1", "2"});
  for (std::size_t length = 1; length <= 20; ++length) {
    instance_spec spec;
    for (std::size_t i = 0; i < length; ++i)
      spec.id += static_cast<char>('a' + (length + i) % 26);
    spec.zone = "2";
    result->add(spec);
  }
  return result;
}

event_context context_of(std::shared_ptr<const fleet> instances) {
  health_source health;
  health.kind = health_kind::rich_extension;
  health.interval = 1500ms;
  health.number_of_probes = 3;
  return {"a \"scale\" set", std::move(instances), health,
          std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
}

/// Every kind of event that is told where members are replaced.
std::vector<upgrade_event> kinds_of_surge(instance_index i) {
  return {
    told::instance_deleted{i, deletion_reason::surge},
    told::instance_created{i, 0},
    told::instance_replaced{0, i},
    told::surge_short{3, {i, 0}},
    told::step_started{i, step_kind::action, apply_class::reimage, 1,
                       work_kind::create},
    told::step_finished{i, step_kind::action, apply_class::reimage, 1,
                        step_outcome::quota_short, "no quota", work_kind::create},
    told::batch_extended{3, {0, i}, true},
    told::batch_started{1, nowhere, {i}, {2, 3}, 1, batch_bound::group, true},
    told::step_started{i, step_kind::terminate_notification, apply_class::none, 1,
                       work_kind::remove, 5min},
    told::scaling_started{5, 6, {i}, {0, i}},
    told::scaling_finished{2, 1, 0},
    told::instance_created{i, i, creation_reason::scale_out},
    told::instance_deleted{i, deletion_reason::scale_in},
  };
}

/// Every kind of event that is told of repairs.
std::vector<upgrade_event> kinds_of_repairs(instance_index i, const std::string& text) {
  return {
    told::repair_started{i, repair_action::replace},
    told::repair_finished{i, repair_outcome::succeeded, failure_reason::none, {}},
    told::repair_finished{i, repair_outcome::failed, failure_reason::health_timeout,
                          text},
    told::repairs_suspended{{}, 3},
    told::repairs_suspended{text, 0},
    told::repairs_resumed{text},
    told::instance_created{i, 0, creation_reason::repair},
    told::instance_deleted{i, deletion_reason::repair},
    told::step_started{i, step_kind::action, apply_class::restart, 1,
                       work_kind::repair},
  };
}

/// Every kind of event about instance `i`, with what its fields can be.
std::vector<upgrade_event> all_kinds(instance_index i, const std::string& text) {
  std::vector<upgrade_event> list{
    told::upgrade_started{upgrade_mode::rolling, 5, 4, 1, 0, apply_class::reimage},
    told::check_judged{check_kind::before_batch, 1, 5, 20, {}},
    told::check_judged{check_kind::after_batch, 3, 5, 20, text},
    told::batch_started{1, {7, 1, 2}, {i, i / 2, 0}, {2, 3}, 1, batch_bound::group},
    told::batch_started{2, nowhere, {}, {0, 0}, 0, batch_bound::batch_instances},
    told::batch_extended{3, {0, i}},
    told::batch_finished{4, 2, 1},
    told::waiting{wait_reason::pause, instant{5s}, duration{1s}, {}, {}, 0},
    told::waiting{wait_reason::settling_health, {}, {}, text, {i, 0}, 2},
    told::instance_deleted{i},
    told::instance_released{i},
    told::instance_released{i, release_reason::quota_short},
    told::rollback_started{i},
    told::cancel_requested{text, true},
    told::upgrade_resumed{{i, 0}},
  };
  for (auto& e : kinds_of_surge(i))
    list.push_back(std::move(e));
  for (auto& e : kinds_of_repairs(i, text))
    list.push_back(std::move(e));
  for (const auto why : {skip_reason::is_protected, skip_reason::skip_upgrade})
    list.emplace_back(told::instance_skipped{i, why});
  for (const auto step :
       {step_kind::before_instance, step_kind::action, step_kind::after_instance})
    for (const auto action : {apply_class::in_place, apply_class::restart,
                              apply_class::reimage, apply_class::redeploy})
      for (const std::uint32_t attempt : {1U, 10U, UINT32_MAX}) {
        list.emplace_back(told::step_started{i, step, action, attempt});
        for (const auto outcome : {step_outcome::succeeded, step_outcome::failed,
                                   step_outcome::transient, step_outcome::timed_out})
          list.emplace_back(told::step_finished{
            i, step, action, attempt, outcome,
            outcome == step_outcome::succeeded ? std::string() : text});
      }
  for (const auto from : {health_state::initializing, health_state::healthy,
                          health_state::unhealthy, health_state::unknown})
    for (const auto to : {health_state::initializing, health_state::healthy,
                          health_state::unhealthy, health_state::unknown})
      list.emplace_back(told::health_changed{i, from, to});
  for (const auto reason :
       {failure_reason::none, failure_reason::action_failed,
        failure_reason::action_timed_out, failure_reason::hook_failed,
        failure_reason::health_timeout, failure_reason::cancelled})
    for (const auto& message : {std::string(), text})
      list.emplace_back(told::instance_settled{i, reason, false, message});
  for (const auto succeeded : {true, false})
    for (const auto& message : {std::string(), text})
      for (const auto lags : {true, false})
        list.emplace_back(told::rollback_finished{i, succeeded, false, message, lags});
  for (const auto& code : {std::string(), text})
    list.emplace_back(told::upgrade_finished{
      upgrade_status::faulted, {code, text, {{"HealthTimeout", text, i}}}, {}});
  return list;
}

std::string written(const event_context& context, const std::vector<told_at>& events,
                    pace when) {
  const file_at_hand file;
  event_writer writer(file.descriptor(), when, context);
  for (const auto& [event, at] : events)
    writer.on_event(event, at);
  CHECK(writer.finish() == 0);
  return file.text();
}

/// What the writer is to write, by way of objects.
std::string spelled_out(const event_context& context,
                        const std::vector<told_at>& events) {
  std::string result;
  std::uint64_t seq = 0;
  for (const auto& [event, at] : events)
    result += event_json(context, ++seq, at, event)
                .dump(-1, ' ', false, json::error_handler_t::replace)
              + '\n';
  return result;
}

/// Line by line, so that a failure shows the line alone.
void check_same(const std::string& got, const std::string& wanted) {
  std::istringstream got_lines(got), wanted_lines(wanted);
  for (std::string a, b; std::getline(wanted_lines, b);) {
    REQUIRE(std::getline(got_lines, a));
    REQUIRE(a == b);
  }
  CHECK(got.size() == wanted.size());
}

} // namespace

TEST_CASE("lines are written as they are documented") {
  const auto context = context_of(std::make_shared<const fleet>(make_fleet(12)));
  const std::string common =
    R"("elapsedSeconds":61.5,"time":"2026-01-01T00:01:01.500Z","event":)";
  const std::vector<std::pair<upgrade_event, std::string>> rows{
    {told::upgrade_started{upgrade_mode::rolling, 12, 11, 1, 0, apply_class::restart},
     R"("upgrade_started","mode":"Rolling","total":12,"pending":11,"upToDate":1,"skipped":0,"action":"restart","health":{"intervalSeconds":1.5,"numberOfProbes":3})"},
    {told::instance_skipped{11, skip_reason::is_protected},
     R"("instance_skipped","instance":"web-11","reason":"protected")"},
    {make_batch(1, {3, 4}),
     R"("batch_started","batch":1,"instances":["web-3","web-4"],"phase":null,"zone":null,"updateDomain":null,"cap":6,"allowance":6,"unavailable":0,"reason":"batch_instances")"},
    {told::step_started{3, step_kind::action, apply_class::reimage, 2},
     R"("action_started","instance":"web-3","action":"reimage","attempt":2)"},
    {told::step_finished{3,
                         step_kind::before_instance,
                         apply_class::reimage,
                         1,
                         step_outcome::succeeded,
                         {}},
     R"("action_finished","instance":"web-3","action":"before_instance","attempt":1,"outcome":"succeeded","error":null)"},
    {told::step_finished{3, step_kind::action, apply_class::reimage, 1,
                         step_outcome::timed_out, "slow"},
     R"("action_finished","instance":"web-3","action":"reimage","attempt":1,"outcome":"timed_out","error":"slow")"},
    {told::health_changed{0, health_state::initializing, health_state::healthy},
     R"("health_changed","instance":"web-0","from":"initializing","to":"healthy")"},
    {told::instance_settled{3, failure_reason::none, false, {}},
     R"("instance_settled","instance":"web-3","outcome":"succeeded","reason":null)"},
    {told::instance_settled{3, failure_reason::hook_failed, true, "exit status 1"},
     R"("instance_settled","instance":"web-3","outcome":"failed","reason":"HookFailed","message":"exit status 1")"},
    {told::instance_released{4},
     R"("instance_released","instance":"web-4","reason":"cancelled")"},
    {told::instance_released{4, release_reason::quota_short},
     R"("instance_released","instance":"web-4","reason":"quota_short")"},
    {told::rollback_started{3}, R"("rollback_started","instance":"web-3")"},
    {told::rollback_finished{3, true, false, {}},
     R"("rollback_finished","instance":"web-3","outcome":"succeeded")"},
    {told::rollback_finished{3, true, false, {}, true},
     R"("rollback_finished","instance":"web-3","outcome":"succeeded","lags":true)"},
    {told::rollback_finished{3, false, false, "no"},
     R"("rollback_finished","instance":"web-3","outcome":"failed","message":"no")"},
  };
  std::vector<told_at> events;
  std::string wanted;
  for (const auto& [event, fields] : rows) {
    events.emplace_back(event, 61500ms);
    wanted +=
      R"({"seq":)" + std::to_string(events.size()) + "," + common + fields + "}\n";
  }
  check_same(written(context, events, pace::turn), wanted);
}

TEST_CASE("without a health source there is no health to tell of") {
  auto context = context_of(std::make_shared<const fleet>(make_fleet(1)));
  context.health = {};
  const auto text = written(context, {{told::upgrade_started{}, 0s}}, pace::turn);
  CHECK(text.find(R"(,"health":null})") != std::string::npos);
}

TEST_CASE("odd identities and texts are escaped, and what is no UTF-8 is replaced") {
  for (const auto& instances : {odd_fleet(), plain_fleet()}) {
    const auto context = context_of(instances);
    std::vector<told_at> events;
    for (instance_index i = 0; i < instances->size(); ++i)
      for (auto& event : all_kinds(i, odd_texts[i % odd_texts.size()]))
        events.emplace_back(std::move(event), 3s);
    check_same(written(context, events, pace::turn), spelled_out(context, events));
    check_same(written(context, events, pace::event), spelled_out(context, events));
  }
}

TEST_CASE("times of every size are written to the microsecond") {
  const auto context = context_of(plain_fleet());
  std::vector<told_at> events;
  const auto tell = [&](duration at) {
    events.emplace_back(told::rollback_started{3}, at);
    events.emplace_back(told::batch_finished{1, 1, 1}, at);
  };
  const std::vector<duration> times{
    0ns,     1ns,       499ns,     500ns,           501ns,
    1000ns,  1499ns,    1500ns,    99'000ns,        -1ns,
    -1500ns, 100'000ns, 999'999ns, 1'000'000ns,     999'999'500ns,
    24h,     -2500ms,   8760h,     1'000'000'000ns, 100'000h + 1us};
  for (const auto at : times)
    tell(at);
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i)
    tell(duration(random() % (std::uint64_t{1} << (random() % 58))));
  check_same(written(context, events, pace::turn), spelled_out(context, events));
}

TEST_CASE("a pause puts into the file what was told before it") {
  const auto context = context_of(plain_fleet());
  const file_at_hand file;
  event_writer writer(file.descriptor(), pace::turn, context);
  std::vector<told_at> events;
  for (int turn = 1; turn <= 3; ++turn) {
    const auto before = file.text();
    for (instance_index i = 0; i < 10; ++i) {
      events.emplace_back(told::rollback_started{i}, turn * 1s);
      writer.on_event(events.back().first, events.back().second);
    }
    CHECK(file.text() == before); // one turn is written together
    writer.on_pause({});
    const auto wanted = spelled_out(context, events);
    for (int i = 0; i < 1000 && file.text().size() < wanted.size(); ++i)
      std::this_thread::sleep_for(10ms);
    CHECK(file.text() == wanted);
  }
}

TEST_CASE("at the pace of events each is in the file once it was told") {
  const auto context = context_of(plain_fleet());
  const file_at_hand file;
  event_writer writer(file.descriptor(), pace::event, context);
  std::vector<told_at> events;
  for (instance_index i = 0; i < 10; ++i) {
    events.emplace_back(told::rollback_started{i}, 1s);
    writer.on_event(events.back().first, events.back().second);
    CHECK(file.text() == spelled_out(context, events));
  }
}

TEST_CASE("a writer that ends writes what is left") {
  for (const auto when : {pace::turn, pace::event}) {
    const file_at_hand file;
    {
      event_writer(file.descriptor(), when, context_of(plain_fleet()))
        .on_event(told::rollback_started{0}, 0s);
    }
    CHECK(file.text().ends_with("}\n"));
  }
}
