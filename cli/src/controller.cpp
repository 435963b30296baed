// SPDX-License-Identifier: Apache-2.0
#include "controller.hpp"

#include "drydock/journal/replay.hpp"
#include "drydock/store/approval_request.hpp"

#include <chrono>
#include <utility>

#include <unistd.h>

namespace drydock::cli {

using namespace engine;
using std::chrono::microseconds;

namespace {

/// How soon a word from another process is heard.
constexpr auto hearing_interval = std::chrono::milliseconds(200);
/// A process that did not renew its lease for so long has lost it.
constexpr auto lease_length = std::chrono::seconds(15);

std::string name_of(const store::upgrade_entry& entry) {
  return "upgrade " + entry.id + " of " + to_iso_time(to_wall_time(entry.started_us));
}

std::string describe_holder(const store::lease& x) {
  return "process " + std::to_string(x.process) + " on " + store::host_name(x);
}

} // namespace

std::int64_t wall_now_us() {
  return std::chrono::duration_cast<microseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

wall_time to_wall_time(std::int64_t us) {
  return wall_time{microseconds{us}};
}

wall_time wall_now() {
  return to_wall_time(wall_now_us());
}

std::int64_t to_us(wall_time t) {
  return std::chrono::duration_cast<microseconds>(t.time_since_epoch()).count();
}

store::outcome<std::unique_ptr<store::upgrade_store>>
open_store(const config::store_spec& spec, bool create) {
  switch (spec.kind) {
  case config::store_kind::none:
    return std::unique_ptr<store::upgrade_store>{};
  case config::store_kind::sqlite:
    return store::open_sqlite(spec.path.string(), create);
  case config::store_kind::postgresql:
    break;
  }
  return store::open_postgresql(spec.connection);
}

controller::~controller() {
  stop_listening();
  lease_ = nullptr; // before the store that it is kept in
}

controller::problem controller::open(const config::fleet_file& file,
                                     bool virtual_clock) {
  virtual_clock_ = virtual_clock;
  auto opened = open_store(file.store, true);
  if (auto* failed = std::get_if<store::store_error>(&opened))
    return failed->text;
  store_ = std::move(std::get<0>(opened));
  if (!store_)
    return std::nullopt;
  auto taken = store::lease_keeper::take(
    *store_, {file.name, lease_length, file.store.kind == config::store_kind::sqlite,
              [this](const store::store_error& why) { lose(why); }});
  if (auto* failed = std::get_if<store::store_error>(&taken))
    return failed->text;
  if (auto* holder = std::get_if<store::lease>(&taken))
    return "OperationNotAllowed: " + describe_holder(*holder)
           + " is upgrading scale set " + file.name
           + "; wait for its end, or cancel it with `drydock cancel "
           + file.path.string() + "`";
  lease_ = std::move(std::get<std::unique_ptr<store::lease_keeper>>(taken));
  return look_for_unfinished(file.name);
}

controller::problem controller::look_for_unfinished(const std::string& scale_set) {
  auto all = store_->list(scale_set);
  if (auto* failed = std::get_if<store::store_error>(&all))
    return failed->text;
  for (auto& entry : std::get<0>(all)) {
    if (entry.ended_us != 0)
      continue;
    auto bytes = store_->header(entry.id);
    if (auto* failed = std::get_if<store::store_error>(&bytes))
      return failed->text;
    auto read = journal::read_header(std::get<std::string>(bytes));
    if (const auto* bad = std::get_if<journal::bad_record>(&read))
      return "the journal of " + name_of(entry) + " cannot be read: " + bad->text;
    unfinished_ = {std::move(entry), std::move(std::get<journal::header>(read))};
    return std::nullopt;
  }
  return std::nullopt;
}

bool controller::keeps(const std::string& id) {
  return store_ && std::holds_alternative<store::upgrade_entry>(store_->find(id));
}

controller::problem controller::begin(const journal::header& header) {
  store::upgrade_entry entry;
  entry.id = id_ = header.upgrade_id;
  entry.scale_set = header.scale_set;
  entry.started_us = started_us_ = header.started_us;
  if (const auto failed =
        store_->create(entry, journal::write_header(header), lease_->epoch()))
    return failed->text;
  return take_up();
}

controller::problem controller::take_up() {
  if (unfinished_ && id_.empty()) {
    id_ = unfinished_->entry.id;
    started_us_ = unfinished_->entry.started_us;
  }
  journal_ = std::make_shared<store::stored_journal>(
    *store_, id_, lease_->epoch(),
    virtual_clock_ ? store::stored_journal::wall_clock{} : wall_now_us);
  if (const auto failed = journal_->load())
    return failed->text;
  return unfinished_ ? find_other_decision() : std::nullopt;
}

/// Who decides otherwise than what was done cannot go on with it.
controller::problem controller::find_other_decision() {
  journal::replayer again(unfinished_->header);
  std::optional<journal::difference> found;
  if (const auto failed = store::read_turns(*store_, id_, [&](journal::turn&& turn) {
        found = again.take(turn);
        return !found;
      }))
    return failed->text;
  if (!found)
    return std::nullopt;
  return "this version of drydock decides turn " + std::to_string(found->turn)
         + " of upgrade " + id_ + " otherwise than the one that began it (recorded: "
         + found->recorded + "; now: " + found->derived
         + "); go on with that version, or give the upgrade up with `drydock cancel "
           "--abandon`";
}

void controller::listen(ear to) {
  if (!store_)
    return;
  {
    const std::lock_guard guard(mutex_);
    to_ = std::move(to);
    stop_ = false;
  }
  take_requests(); // what was asked while nobody ran it comes before it goes on
  listener_ = std::thread([this] { hear(); });
}

void controller::stop_listening() {
  if (!listener_.joinable())
    return;
  {
    const std::lock_guard guard(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  listener_.join();
}

void controller::hear() {
  std::unique_lock guard(mutex_);
  while (!changed_.wait_for(guard, hearing_interval, [this] { return stop_; }))
    take_requests();
}

/// What was asked stays until the upgrade is over: a process that dies before it has
/// written a cancel down leaves it to the next one.
void controller::take_requests() {
  // A store that cannot be read just now is asked again; the journal says so if it
  // stays like that.
  auto asked = store_->requests(id_);
  auto* requests = std::get_if<std::vector<store::request>>(&asked);
  for (; requests != nullptr && heard_ < requests->size(); ++heard_) {
    const auto& x = (*requests)[heard_];
    if (x.what == "cancel" || x.what == "cancel_now")
      to_.cancel(x.by, x.what == "cancel_now");
    else if (auto word = store::to_approval(x)) // else a later version's
      to_.approve(std::move(*word));
  }
}

/// Another process has taken the upgrade over: whatever is decided here cannot be
/// written any more, and so the first thing that is stops the upgrade.
void controller::lose(const store::store_error& why) {
  const std::lock_guard guard(mutex_);
  if (why.what == store::store_error::kind::not_the_owner && to_.cancel && !stop_)
    to_.cancel("the loss of the lease", true);
  if (why.what == store::store_error::kind::not_the_owner && on_loss_)
    on_loss_(why.text);
}

void controller::on_loss(std::function<void(const std::string& why)> tell) {
  const std::lock_guard guard(mutex_);
  on_loss_ = std::move(tell);
}

void controller::forget() {
  stop_listening();
  const std::lock_guard guard(mutex_);
  unfinished_.reset();
  id_.clear();
  started_us_ = 0;
  journal_ = nullptr;
  heard_ = 0;
  to_ = {};
}

controller::problem controller::end(const upgrade_report& report) {
  if (!journal_ || report.status == upgrade_status::rolling_forward)
    return std::nullopt;
  const auto took =
    std::chrono::duration_cast<microseconds>(report.end - report.start).count();
  const auto at = virtual_clock_ ? started_us_ + took : wall_now_us();
  if (const auto failed =
        store_->close(id_, to_string(report.status), at, lease_->epoch()))
    return failed->text;
  // Nobody will ask for them any more.
  static_cast<void>(store_->take_requests(id_));
  return std::nullopt;
}

} // namespace drydock::cli
