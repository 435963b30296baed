// SPDX-License-Identifier: Apache-2.0
#include "upgrade_state.hpp"

#include "longest_wait.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace drydock::inline v1::detail {

using namespace engine;

namespace {

upgrade_report stopped_report(upgrade_report report, bool kept) {
  report.status = kept ? upgrade_status::rolling_forward : upgrade_status::cancelled;
  report.error.code = "EngineDestroyed";
  report.error.message =
    kept
      ? "the engine was destroyed while the upgrade ran; add the scale set to another "
        "engine with the same store, and resume the upgrade"
      : "the engine was destroyed while the upgrade ran; what its driver had begun "
        "may be done or not: start the upgrade again with an engine that inspects";
  return report;
}

upgrade_report unwritten_report(const error& why) {
  upgrade_report report;
  report.status = upgrade_status::faulted;
  report.error.code =
    why.code == error_code::lease_lost ? "LeaseLost" : "JournalUnavailable";
  report.error.message = "the upgrade could not be written down, and so nothing was "
                         "upgraded: "
                         + why.message;
  return report;
}

} // namespace

upgrade_report broken_report(const std::string& why) {
  upgrade_report report;
  report.status = upgrade_status::faulted;
  report.error.code = "InternalExecutionError";
  report.error.message = "the upgrade could not run: " + why;
  return report;
}

upgrade_state::upgrade_state(std::string id, std::shared_ptr<const fleet> instances,
                             const rollout_options& rollout, log_sink log,
                             std::shared_ptr<call_guard> calls, end_handler on_end)
  : id_(std::move(id)), instances_(std::move(instances)), log_(std::move(log)),
    calls_(std::move(calls)), on_end_(std::move(on_end)),
    auditor_(instances_->size(), rollout.has_health),
    outcomes_(instances_->size(), outcome::untouched) {
  for (const auto i : rollout.deleted)
    auditor_.on_event(engine::told::instance_deleted{i});
}

upgrade_state::~upgrade_state() {
  for (const auto& q : queues_) // of one that never began
    if (const auto queue = q.lock())
      queue->end();
  if (!thread_.joinable())
    return;
  if (thread_.get_id() == std::this_thread::get_id())
    thread_.detach(); // the last to know of the upgrade
  else
    thread_.join();
}

std::vector<std::shared_ptr<event_queue>> upgrade_state::queues() const {
  std::vector<std::shared_ptr<event_queue>> result;
  const std::lock_guard guard(queues_mutex_);
  for (const auto& q : queues_)
    if (auto queue = q.lock())
      result.push_back(std::move(queue));
  return result;
}

void upgrade_state::listen(const std::shared_ptr<event_queue>& queue, bool from_start) {
  queue->start();
  {
    const std::lock_guard guard(queues_mutex_);
    std::erase_if(queues_, [](const auto& q) { return q.expired(); });
    queues_.push_back(queue);
    if (from_start)
      first_queue_ = queue;
  }
  queues_changed_ = true;
  const std::lock_guard guard(mutex_);
  if (report_)
    queue->end();
}

void upgrade_state::start(upgrade_work work) {
  {
    const std::lock_guard guard(mutex_);
    journal_ = work.journal;
    kept_ = work.journal != nullptr && !work.write_down;
  }
  if (!work.inspect && work.threads != nullptr)
    return begin(std::move(work));
  const std::lock_guard guard(mutex_);
  if (aborted_)
    return;
  // The thread keeps the state, and ends by itself.
  thread_ = std::thread([self = shared_from_this(), work = std::move(work)]() mutable {
    self->work_alone(std::move(work));
  });
}

void upgrade_state::work_alone(upgrade_work work) {
  const auto keep = work.keep;
  try {
    if (work.inspect)
      inspect_and_begin(std::move(work));
    else
      run_virtual(std::move(work.setup));
  } catch (const std::exception& e) {
    finish(broken_report(e.what()));
  }
}

void upgrade_state::inspect_and_begin(upgrade_work work) {
  const auto timeout = work.setup.lifecycle.retry.timeout;
  const auto end = std::chrono::steady_clock::now()
                   + (timeout > duration{0} ? std::min<duration>(timeout, longest_wait)
                                            : longest_wait);
  const auto round = std::make_shared<inspection_round>(instances_->size());
  {
    const std::lock_guard guard(mutex_);
    inspection_ = round;
    if (aborted_ || early_cancel_)
      round->stop();
  }
  work.inspect(round);
  work.inspect = nullptr; // which keeps the driver
  const auto missing = round->wait_until(end);
  for (const auto& [i, text] : round->problems())
    log_(log_level::warning, "the inspection of " + std::string(instances_->id(i))
                               + " failed, it counts as lagging: " + text);
  if (missing > 0)
    log_(log_level::warning,
         std::to_string(missing)
           + " instances were not inspected, they count as lagging");
  auto inspected = std::make_shared<fleet>(*instances_);
  for (instance_index i = 0; i < inspected->size(); ++i)
    if (round->runs_latest(i)) {
      inspected->set_latest_model_applied(i, true);
      outcomes_[i] = outcome::on_target;
    }
  work.setup.instances = std::move(inspected);
  if (!write_down(work))
    return;
  if (work.threads == nullptr)
    run_virtual(std::move(work.setup));
  else
    begin(std::move(work));
}

/// False: it does not begin.
bool upgrade_state::write_down(upgrade_work& work) {
  if (!work.write_down)
    return true;
  {
    const std::lock_guard guard(mutex_);
    if (aborted_)
      return false;
  }
  if (const auto why = work.write_down(work.setup)) {
    finish(unwritten_report(*why));
    return false;
  }
  const std::lock_guard guard(mutex_);
  kept_ = true;
  return true;
}

void upgrade_state::begin(upgrade_work work) {
  const std::lock_guard guard(mutex_);
  if (aborted_)
    return;
  if (!work.journal)
    forget_deleted(work.setup);
  run_ = work.threads->make(std::move(work.setup), shared_from_this(),
                            [self = shared_from_this()](upgrade_report report) {
                              self->finish(std::move(report));
                            });
  if (early_cancel_)
    run_->begin_cancelled(early_cancel_->by, early_cancel_->now);
  else
    run_->begin();
  for (auto& word : std::exchange(early_approvals_, {}))
    run_->approve(std::move(word));
  if (work.journal) // which has what the upgrade began with already
    for (const auto i : early_deleted_)
      run_->delete_instance(i);
}

void upgrade_state::run_virtual(actors::run_setup setup) {
  std::optional<actors::upgrade_run> made;
  {
    const std::lock_guard guard(mutex_);
    const auto kept = setup.journal != nullptr;
    if (!kept)
      forget_deleted(setup);
    auto& run = made.emplace(std::move(setup), *this);
    virtual_run_ = &run;
    if (kept)
      for (const auto i : early_deleted_)
        run.delete_instance(i);
    if (aborted_)
      run.cancel("the end of the engine", true);
    else if (early_cancel_)
      run.cancel(early_cancel_->by, early_cancel_->now);
    for (auto& word : std::exchange(early_approvals_, {}))
      run.approve(std::move(word));
  }
  auto report = made->run();
  {
    const std::lock_guard guard(mutex_);
    virtual_run_ = nullptr;
  }
  finish(std::move(report));
}

void upgrade_state::cancel(std::string by, bool now) {
  const std::lock_guard guard(mutex_);
  if (report_)
    return;
  if (virtual_run_ != nullptr) {
    virtual_run_->cancel(std::move(by), now);
  } else if (run_) {
    run_->cancel(std::move(by), now);
  } else {
    early_cancel_ = {std::move(by), now};
    if (inspection_)
      inspection_->stop();
  }
}

void upgrade_state::approve(protocol::approval word) {
  const std::lock_guard guard(mutex_);
  if (report_)
    return;
  if (virtual_run_ != nullptr)
    virtual_run_->approve(std::move(word));
  else if (run_)
    run_->approve(std::move(word));
  else
    early_approvals_.push_back(std::move(word));
}

void upgrade_state::delete_instance(instance_index instance) {
  const std::lock_guard guard(mutex_);
  if (replaced_.contains(instance)) // who is at the position now
    instance = instances_->replacement_of(instance);
  if (!deleted_.insert(instance).second)
    return;
  if (virtual_run_ != nullptr)
    virtual_run_->delete_instance(instance);
  else if (run_)
    run_->delete_instance(instance);
  else
    early_deleted_.push_back(instance);
}

/// Before it begins, under the lock.
void upgrade_state::forget_deleted(actors::run_setup& setup) {
  for (const auto i : early_deleted_) {
    setup.rollout.deleted.push_back(i);
    auditor_.on_event(told::instance_deleted{i});
  }
}

void upgrade_state::abort() {
  {
    const std::lock_guard guard(mutex_);
    aborted_ = true;
    if (journal_)
      journal_->stop();
    if (virtual_run_ != nullptr)
      virtual_run_->cancel("the end of the engine", true);
    if (inspection_)
      inspection_->stop();
  }
  calls_->shut();
}

void upgrade_state::close_queues() {
  // An upgrade that waits for room in one of them goes on.
  for (const auto& queue : queues())
    queue->close();
}

void upgrade_state::join() {
  std::thread own;
  {
    const std::lock_guard guard(mutex_);
    own = std::move(thread_);
  }
  if (own.joinable())
    own.join();
}

void upgrade_state::let_go() {
  finish({});
}

void upgrade_state::finish(upgrade_report report) {
  end_handler on_end;
  {
    const std::lock_guard guard(mutex_);
    if (report_)
      return;
    // An end that was written down is one.
    if (aborted_ && (!kept_ || report.status == upgrade_status::rolling_forward)) {
      report.progress = view_.progress;
      report = stopped_report(std::move(report), kept_);
    }
    on_end = std::exchange(on_end_, nullptr);
  }
  calls_->close();
  if (on_end) // before anybody hears of the end, and begins the next upgrade
    on_end(*this, report);
  std::vector<std::function<void(const upgrade_report&)>> then;
  {
    const std::lock_guard guard(mutex_);
    view_.status = report.status;
    view_.progress = report.progress;
    view_.max_unavailable_instances = auditor_.max_unavailable();
    waiting_ = nullptr;
    report_ = report;
    run_ = nullptr;
    journal_ = nullptr;
    then.swap(on_finish_);
    changed_.notify_all();
  }
  for (const auto& queue : queues())
    queue->end();
  hearing_.clear(); // nothing will be told any more
  for (const auto& tell : then)
    tell(report);
}

} // namespace drydock::inline v1::detail
