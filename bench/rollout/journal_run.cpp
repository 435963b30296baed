// SPDX-License-Identifier: Apache-2.0
// The same upgrade with a journal in a SQLite store, and what it takes to go on with
// one that was cut short half-way.
#include "drydock_run.hpp"

#include "drydock/drivers/simulated.hpp"
#include "drydock/store/stored_journal.hpp"

#include <algorithm>
#include <filesystem>

namespace drydock::bench {

using namespace engine;

namespace {

constexpr auto upgrade_id = "00000000-0000-8000-8000-000000000001";
constexpr auto scale_set = "bench";

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

/// A store whose lease is this process's.
struct opened_store {
  explicit opened_store(const std::string& file) {
    auto result = store::open_sqlite(file, true);
    if (auto* failed = std::get_if<store::store_error>(&result)) {
      problem = failed->text;
      return;
    }
    kept = std::move(std::get<0>(result));
    store::lease who;
    who.owner = "bench";
    who.expires_us = now_us() + 3'600'000'000;
    auto taken =
      kept->acquire(scale_set, who, now_us(), [](const store::lease&) { return true; });
    if (auto* failed = std::get_if<store::store_error>(&taken))
      problem = failed->text;
    else
      epoch = std::get<store::lease>(taken).epoch;
  }

  std::unique_ptr<store::upgrade_store> kept;
  std::uint64_t epoch = 0;
  std::string problem;
};

std::string create(opened_store& in, const actors::run_setup& setup) {
  journal::header header;
  header.scale_set = scale_set;
  header.upgrade_id = upgrade_id;
  header.started_us = now_us();
  header.rollout = setup.rollout;
  header.instances = setup.instances;
  store::upgrade_entry entry;
  entry.id = upgrade_id;
  entry.scale_set = scale_set;
  entry.started_us = header.started_us;
  const auto failed = in.kept->create(entry, journal::write_header(header), in.epoch);
  return failed ? failed->text : std::string();
}

/// A journal that takes no more once it has heard that so many instances are settled.
class half_journal : public protocol::upgrade_journal {
public:
  half_journal(store::stored_journal& to, std::uint32_t settled_max)
    : to_(to), settled_max_(settled_max) {}

  bool next(protocol::recorded_turn& turn) override { return to_.next(turn); }
  [[nodiscard]] duration since_last_turn() const override {
    return to_.since_last_turn();
  }
  void begin(instant at, std::span<const rollout_input> inputs) override {
    to_.begin(at, inputs);
    for (const auto& in : inputs)
      settled_ += std::holds_alternative<input::member_settled>(in) ? 1 : 0;
  }
  void told(const upgrade_event& event) override { to_.told(event); }
  std::optional<std::string> commit(std::span<const rollout_command> effects) override {
    if (settled_ >= settled_max_)
      return "it is cut short here";
    return to_.commit(effects);
  }

private:
  store::stored_journal& to_;
  std::uint32_t settled_max_;
  std::uint32_t settled_ = 0;
};

/// Notes when the upgrade goes on, after all of the past was read and told again.
class resume_watch : public listener {
public:
  using listener::listener;

  void on_event(const upgrade_event& event, duration since_start) override {
    listener::on_event(event, since_start);
    if (std::holds_alternative<told::upgrade_resumed>(event))
      resumed = measured_until_now();
  }

  measurement resumed;
};

measurement failed_with(const std::string& problem) {
  measurement m;
  m.problem = problem;
  return m;
}

void remove_store(const std::string& file) {
  std::error_code ignored;
  for (const auto* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(file + suffix, ignored);
}

std::shared_ptr<protocol::upgrade_journal> borrow(protocol::upgrade_journal& x) {
  return {std::shared_ptr<void>{}, &x};
}

} // namespace

measurement run_journal(const task& t) {
  remove_store(t.journal_file);
  auto setup = make_setup(t, make_fleet(t.instances));
  opened_store in(t.journal_file);
  if (in.problem.empty())
    in.problem = create(in, setup);
  if (!in.problem.empty())
    return failed_with(in.problem);
  store::stored_journal journal(*in.kept, upgrade_id, in.epoch, now_us);
  setup.journal = borrow(journal);
  listener heard(t.instances, nullptr);
  actors::upgrade_run run(std::move(setup), heard);
  const auto report = run.run();
  auto m = measured_until_now();
  m.events = heard.events();
  m.problem = check(report, heard, t);
  return m;
}

measurement run_half(const task& t) {
  remove_store(t.journal_file);
  auto setup = make_setup(t, make_fleet(t.instances));
  opened_store in(t.journal_file);
  if (in.problem.empty())
    in.problem = create(in, setup);
  if (!in.problem.empty())
    return failed_with(in.problem);
  store::stored_journal journal(*in.kept, upgrade_id, in.epoch, now_us);
  half_journal half(journal, t.instances / 2);
  setup.journal = borrow(half);
  listener heard(t.instances, nullptr);
  actors::upgrade_run run(std::move(setup), heard);
  const auto report = run.run();
  auto m = measured_until_now();
  if (report.status != upgrade_status::rolling_forward)
    m.problem = "the upgrade was not cut short";
  return m;
}

/// `seconds`: from an empty process to the moment when everything is known again and
/// the upgrade goes on. It must then come to its end.
measurement run_resume(const task& t) {
  auto setup = make_setup(t, make_fleet(t.instances));
  opened_store in(t.journal_file);
  if (!in.problem.empty())
    return failed_with(in.problem);
  const auto bytes = in.kept->header(upgrade_id);
  if (const auto* failed = std::get_if<store::store_error>(&bytes))
    return failed_with(failed->text);
  auto header = journal::read_header(std::get<std::string>(bytes));
  if (const auto* bad = std::get_if<journal::bad_record>(&header))
    return failed_with(bad->text);
  setup.rollout = std::get<journal::header>(header).rollout;
  setup.instances = std::get<journal::header>(header).instances;
  store::stored_journal journal(*in.kept, upgrade_id, in.epoch, now_us);
  if (const auto failed = journal.load())
    return failed_with(failed->text);
  setup.journal = borrow(journal);
  resume_watch heard(t.instances, nullptr);
  actors::upgrade_run run(std::move(setup), heard);
  const auto report = run.run();
  auto m = heard.resumed;
  m.events = heard.events();
  m.problem = check(report, heard, t);
  if (m.problem.empty() && m.seconds == 0.0)
    m.problem = "the upgrade was not resumed";
  return m;
}

} // namespace drydock::bench
