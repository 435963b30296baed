// SPDX-License-Identifier: Apache-2.0
#include "drydock/journal/told_digest.hpp"

#include "samples.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <set>

using namespace drydock::journal;
using namespace drydock::journal::testing;
using namespace drydock::engine;
using namespace std::chrono_literals;

namespace {

std::uint64_t digest_of(const std::vector<upgrade_event>& events) {
  told_digest digest;
  for (const auto& e : events)
    digest.add(e);
  CHECK(digest.count() == events.size());
  return digest.value();
}

/// The digest of the sample of a kind after `change`.
template <class Event>
std::uint64_t altered(const std::function<void(Event&)>& change) {
  for (auto e : all_events())
    if (auto* x = std::get_if<Event>(&e)) {
      change(*x);
      return digest_of({e});
    }
  return 0;
}

template <class Event>
void check_fields(std::initializer_list<std::function<void(Event&)>> changes) {
  std::set<std::uint64_t> seen{altered<Event>([](Event& /*e*/) {})};
  for (const auto& change : changes)
    seen.insert(altered<Event>(change));
  CHECK(seen.size() == changes.size() + 1);
}

} // namespace

TEST_CASE("each field of each event of the set is in the digest") {
  using namespace told;
  check_fields<upgrade_started>(
    {[](auto& e) { e.mode = upgrade_mode::manual; }, [](auto& e) { ++e.total; },
     [](auto& e) { ++e.pending; }, [](auto& e) { ++e.up_to_date; },
     [](auto& e) { ++e.skipped; }, [](auto& e) { e.action = apply_class::none; }});
  check_fields<instance_skipped>(
    {[](auto& e) { ++e.instance; },
     [](auto& e) { e.reason = skip_reason::is_protected; }});
  check_fields<check_judged>(
    {[](auto& e) { e.check = check_kind::before_batch; },
     [](auto& e) { ++e.unhealthy; }, [](auto& e) { ++e.total; },
     [](auto& e) { ++e.threshold_percent; }, [](auto& e) { e.code = ""; }});
  check_fields<batch_started>(
    {[](auto& e) { ++e.batch; }, [](auto& e) { ++e.place.phase; },
     [](auto& e) { ++e.place.zone; }, [](auto& e) { ++e.place.update_domain; },
     [](auto& e) {
       e.instances = {2, 1};
     },
     [](auto& e) { e.instances = {1}; },
     [](auto& e) { ++e.limits.batch_instances_max; },
     [](auto& e) { ++e.limits.unavailable_instances_max; },
     [](auto& e) { ++e.unavailable; }, [](auto& e) { e.bound = batch_bound::group; }});
  check_fields<batch_extended>(
    {[](auto& e) { ++e.batch; }, [](auto& e) { e.instances = {4}; }});
  check_fields<told::step_started>(
    {[](auto& e) { ++e.instance; }, [](auto& e) { e.step = step_kind::action; },
     [](auto& e) { e.action = apply_class::none; }, [](auto& e) { ++e.attempt; }});
}

TEST_CASE("each field of each event of an instance is in the digest") {
  using namespace told;
  check_fields<told::step_finished>(
    {[](auto& e) { ++e.instance; }, [](auto& e) { e.step = step_kind::action; },
     [](auto& e) { e.action = apply_class::none; }, [](auto& e) { ++e.attempt; },
     [](auto& e) { e.outcome = step_outcome::failed; },
     [](auto& e) { e.error = "later"; }});
  check_fields<told::health_changed>({[](auto& e) { ++e.instance; },
                                      [](auto& e) { e.from = health_state::unknown; },
                                      [](auto& e) { e.to = health_state::unknown; }});
  check_fields<instance_settled>(
    {[](auto& e) { ++e.instance; }, [](auto& e) { e.reason = failure_reason::none; },
     [](auto& e) { e.action_failed = false; }, [](auto& e) { e.message = ""; }});
  check_fields<instance_released>({[](auto& e) { ++e.instance; }});
  check_fields<batch_finished>({[](auto& e) { ++e.batch; },
                                [](auto& e) { ++e.succeeded; },
                                [](auto& e) { ++e.failed; }});
  check_fields<waiting>(
    {[](auto& e) { e.reason = wait_reason::pause; }, [](auto& e) { e.until.reset(); },
     [](auto& e) { e.until = instant{2s}; }, [](auto& e) { e.remaining.reset(); },
     [](auto& e) { e.remaining = 6s; }, [](auto& e) { e.limit = ""; },
     [](auto& e) { e.holders = {}; }, [](auto& e) { ++e.holder_count; }});
  check_fields<told::instance_deleted>({[](auto& e) { ++e.instance; }});
  check_fields<rollback_started>({[](auto& e) { ++e.instance; }});
  check_fields<rollback_finished>(
    {[](auto& e) { ++e.instance; }, [](auto& e) { e.succeeded = false; },
     [](auto& e) { e.action_failed = false; }, [](auto& e) { e.message = ""; }});
  check_fields<told::cancel_requested>(
    {[](auto& e) { e.by = ""; }, [](auto& e) { e.now = false; }});
  check_fields<upgrade_resumed>({[](auto& e) { e.in_hand = {1}; }});
  check_fields<upgrade_finished>(
    {[](auto& e) { e.status = upgrade_status::completed; },
     [](auto& e) { e.error.code = ""; }, [](auto& e) { e.error.message = ""; },
     [](auto& e) { e.error.details.clear(); },
     [](auto& e) { e.error.details[0].code = ""; },
     [](auto& e) { e.error.details[0].message = ""; },
     [](auto& e) { ++e.error.details[0].instance; },
     [](auto& e) { ++e.progress.successful; }, [](auto& e) { ++e.progress.failed; },
     [](auto& e) { ++e.progress.in_progress; }, [](auto& e) { ++e.progress.pending; },
     [](auto& e) { ++e.progress.skipped; }});
}

TEST_CASE("each field of each event of a change of capacity is in the digest") {
  using namespace told;
  check_fields<scaling_started>(
    {[](auto& e) { ++e.capacity_before; }, [](auto& e) { ++e.capacity; },
     [](auto& e) { e.leaving = {2}; }, [](auto& e) { e.arriving = {11}; }});
  check_fields<scaling_finished>({[](auto& e) { ++e.created; },
                                  [](auto& e) { ++e.deleted; },
                                  [](auto& e) { ++e.failed; }});
  auto notice = std::get<told::step_started>(events_of_scaling().back());
  const auto before = digest_of({notice});
  notice.not_before = 6min;
  CHECK(digest_of({notice}) != before);
}

TEST_CASE("the order of events is in the digest, and so is their number") {
  const told::instance_deleted one{1}, two{2};
  std::set<std::uint64_t> seen;
  for (const auto& list : std::vector<std::vector<upgrade_event>>{
         {}, {one}, {one, one}, {one, two}, {two, one}, {one, two, one}})
    seen.insert(digest_of(list));
  CHECK(seen.size() == 6);
}

TEST_CASE("texts do not run into one another") {
  const auto of = [](const char* code, const char* message) {
    told::upgrade_finished e;
    e.error.code = code;
    e.error.message = message;
    return digest_of({e});
  };
  CHECK(of("ab", "c") != of("a", "bc"));
  CHECK(of("", "abc") != of("abc", ""));
}

TEST_CASE("turns of any length have a digest, and a change at their end shows") {
  // 16 KiB are folded at a time; 3 bytes an event reach that after 5461.
  for (const auto count : {1U, 5'460U, 5'461U, 5'462U, 20'000U}) {
    told_digest digest, other;
    for (std::uint32_t i = 0; i < count; ++i) {
      digest.add(told::instance_deleted{i % 128});
      other.add(told::instance_deleted{i + 1 == count ? 77 : i % 128});
    }
    CHECK(digest.value() != other.value());
    const auto before = digest.value();
    digest.clear();
    CHECK(digest.count() == 0);
    CHECK(digest.value() == 0);
    for (std::uint32_t i = 0; i < count; ++i)
      digest.add(told::instance_deleted{i % 128});
    CHECK(digest.value() == before);
  }
}

TEST_CASE("one event may be larger than what is folded at a time") {
  told::batch_started batch;
  for (std::uint32_t i = 0; i < 100'000; ++i)
    batch.instances.push_back(i * 3);
  const auto before = digest_of({batch});
  batch.instances[70'000] += 1;
  CHECK(digest_of({batch}) != before);
  told::cancel_requested cancel{std::string(50'000, 'x'), false};
  const auto long_text = digest_of({cancel});
  cancel.by[49'999] = 'y';
  CHECK(digest_of({cancel}) != long_text);
}

TEST_CASE("digests are the same everywhere and always") {
  // They are compared with those in records: when this fails, the version of records
  // must rise.
  auto list = all_events();
  list.resize(list.size() - events_of_surge().size() - events_of_repairs().size()
              - events_of_scaling().size());
  CHECK(digest_of(list) == 3901054909701671945U);
  CHECK(digest_of(events_of_surge()) == 1765982992315479864U);
}
