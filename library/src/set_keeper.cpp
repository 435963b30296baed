// SPDX-License-Identifier: Apache-2.0
#include "set_keeper.hpp"

#include "drydock/store/approval_request.hpp"
#include "engine_store.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace drydock::inline v1::detail {

using namespace engine;
using std::chrono::duration_cast;
using std::chrono::microseconds;

namespace {

std::int64_t wall_now_us() {
  return duration_cast<microseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

error held_by(const std::string& scale_set, const store::lease& holder) {
  return {error_code::lease_held, "OperationNotAllowed",
          "scale set \"" + scale_set + "\" is in the hands of process "
            + std::to_string(holder.process) + " on " + store::host_name(holder)
            + "; remove it there, or wait until that process has ended"};
}

} // namespace

result<std::shared_ptr<set_keeper>>
set_keeper::take(std::shared_ptr<store::upgrade_store> in, settings with) {
  const std::shared_ptr<set_keeper> self(
    new set_keeper(std::move(in), std::move(with)));
  const auto& options = self->with_.options;
  auto taken = store::lease_keeper::take(
    *self->store_,
    {self->with_.scale_set,
     std::max(duration_cast<microseconds>(options.lease), microseconds(1)),
     options.kind != store_kind::postgresql,
     [keeper = self.get()](const store::store_error& why) { keeper->lose(why); }});
  if (auto* failed = std::get_if<store::store_error>(&taken))
    return to_error(std::move(*failed));
  if (const auto* holder = std::get_if<store::lease>(&taken))
    return held_by(self->with_.scale_set, *holder);
  self->lease_ = std::move(std::get<std::unique_ptr<store::lease_keeper>>(taken));
  if (auto problem = self->look_for_unfinished())
    return std::move(*problem);
  return self;
}

set_keeper::~set_keeper() {
  lease_ = nullptr; // its thread calls `lose`
}

/// From the thread that renews the lease.
void set_keeper::lose(const store::store_error& why) {
  if (why.what != store::store_error::kind::not_the_owner) {
    with_.log(log_level::warning, "the lease of scale set \"" + with_.scale_set
                                    + "\" could not be renewed in time: " + why.text);
    return;
  }
  lost_ = true;
  with_.log(log_level::error, lost().message);
  std::function<void()> tell;
  {
    const std::lock_guard guard(mutex_);
    tell = on_lost_;
  }
  if (tell)
    tell();
}

error set_keeper::lost() const {
  return {error_code::lease_lost, "OperationNotAllowed",
          "another engine has taken scale set \"" + with_.scale_set
            + "\" over; remove it here, and add it again to get it back"};
}

/// Also where the thread that renews the lease has not found it out yet.
bool set_keeper::is_lost() {
  if (lost_)
    return true;
  const auto holder = store_->holder(with_.scale_set);
  const auto* held = std::get_if<store::lease>(&holder);
  return held != nullptr && held->epoch != lease_->epoch();
}

std::optional<error> set_keeper::look_for_unfinished() {
  auto all = store_->list(with_.scale_set);
  if (auto* failed = std::get_if<store::store_error>(&all))
    return to_error(std::move(*failed));
  for (const auto& entry : std::get<0>(all))
    if (entry.ended_us == 0) {
      unfinished_ = entry.id;
      begun_us_ = entry.started_us;
      break;
    }
  return std::nullopt;
}

std::optional<error> set_keeper::find_obstacle() {
  if (lost_)
    return lost();
  std::optional<ended> over;
  {
    const std::lock_guard guard(mutex_);
    over = unwritten_;
  }
  return over ? close(*over) : std::nullopt;
}

std::string set_keeper::unfinished() const {
  const std::lock_guard guard(mutex_);
  return unfinished_;
}

std::optional<error> set_keeper::abandon() {
  const auto id = unfinished();
  return close({id, std::string(to_string(upgrade_status::cancelled)), wall_now_us()});
}

bool set_keeper::has(const std::string& upgrade_id) {
  return std::holds_alternative<store::upgrade_entry>(store_->find(upgrade_id));
}

std::shared_ptr<kept_journal> set_keeper::make_journal(const std::string& upgrade_id) {
  return std::make_shared<kept_journal>(
    store_, upgrade_id, lease_->epoch(),
    with_.virtual_clock ? store::stored_journal::wall_clock{} : wall_now_us);
}

std::optional<error> set_keeper::begin(journal::header header) {
  store::upgrade_entry entry;
  header.started_us = wall_now_us();
  entry.id = header.upgrade_id;
  entry.scale_set = header.scale_set;
  entry.started_us = header.started_us;
  if (auto failed =
        store_->create(entry, journal::write_header(header), lease_->epoch()))
    return failed->what == store::store_error::kind::not_the_owner
             ? lost()
             : to_error(std::move(*failed));
  const std::lock_guard guard(mutex_);
  begun_us_ = header.started_us;
  return std::nullopt;
}

void set_keeper::take_requests(
  const std::function<void(const std::string& by, bool now)>& cancel,
  const std::function<void(protocol::approval word)>& approve) {
  const auto asked = store_->requests(unfinished());
  const auto* requests = std::get_if<std::vector<store::request>>(&asked);
  if (requests == nullptr)
    return;
  for (const auto& x : *requests)
    if (x.what == "cancel" || x.what == "cancel_now")
      cancel(x.by, x.what == "cancel_now");
    else if (auto word = store::to_approval(x)) // else a later version's
      approve(std::move(*word));
}

void set_keeper::watch(std::function<void()> on_lost) {
  const std::lock_guard guard(mutex_);
  on_lost_ = std::move(on_lost);
}

void set_keeper::end(const std::string& upgrade_id, upgrade_report& report) {
  watch(nullptr);
  if (report.status == upgrade_status::rolling_forward) {
    if (report.error.code == "JournalUnavailable" && is_lost()) {
      lost_ = true;
      report.error.code = "LeaseLost";
      report.error.message =
        lost().message + "; the upgrade has stopped where it stands";
    }
    const std::lock_guard guard(mutex_);
    unfinished_ = upgrade_id;
    return;
  }
  std::int64_t begun = 0;
  {
    const std::lock_guard guard(mutex_);
    begun = begun_us_;
    unfinished_ = upgrade_id; // until that is written
  }
  const auto took = duration_cast<microseconds>(report.end - report.start).count();
  const ended over{upgrade_id, std::string(to_string(report.status)),
                   with_.virtual_clock ? begun + took : wall_now_us()};
  const auto problem = close(over);
  if (!problem)
    return;
  {
    const std::lock_guard guard(mutex_);
    unwritten_ = over;
  }
  with_.log(log_level::warning,
            "upgrade " + upgrade_id + " of scale set \"" + with_.scale_set
              + "\" has ended, but that could not be written down; it is tried again "
                "before the next one: "
              + problem->message);
}

std::optional<error> set_keeper::close(const ended& over) {
  if (auto failed = store_->close(over.id, over.status, over.at_us, lease_->epoch()))
    return failed->what == store::store_error::kind::not_the_owner
             ? lost()
             : to_error(std::move(*failed));
  // Nobody will ask for them any more.
  static_cast<void>(store_->take_requests(over.id));
  const std::lock_guard guard(mutex_);
  unwritten_.reset();
  unfinished_.clear();
  return std::nullopt;
}

} // namespace drydock::inline v1::detail
