// SPDX-License-Identifier: Apache-2.0
// What a watch does between two upgrades.
#include "image_versions.hpp"
#include "upgraded_memory.hpp"
#include "watcher.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace drydock::cli {

using namespace engine;

duration watcher::since_start() const {
  return virtual_ ? now_ : std::chrono::duration_cast<duration>(clock::now() - begun_);
}

wall_time watcher::wall_now() const {
  return virtual_ ? wall_time{virtual_start} + now_ : cli::wall_now();
}

bool watcher::polls() const {
  return file_->os_upgrade.enable_automatic_os_upgrade;
}

bool watcher::is_time_over() const {
  return options_.time_limit && since_start() >= *options_.time_limit;
}

/// When the watch has to look again, whatever happens; since the start.
duration watcher::next_moment() const {
  auto next = options_.time_limit.value_or(duration::max());
  if (polls() && !waits_with_approval())
    next = std::min(next, next_poll_);
  if (retry_)
    next = std::min(next, retry_->at);
  return next;
}

void watcher::keep() {
  renew_ = false;
  if (virtual_)
    keep_in_virtual_time();
  else
    keep_in_real_time();
  if (!over_ && !next_ && is_time_over()) {
    over_ = true;
    stopped_by_ = "the time limit";
  }
}

/// The run that keeps the fleet as it is; null: there is nothing that it could look at.
std::unique_ptr<keeping> watcher::make_keeping() {
  if (file_->health.kind == health_kind::none)
    return nullptr;
  keeping::parts x;
  x.file = fresh();
  if (stale_) {  // those that it tells of may be gone, or others be there
    if (!retry_) // else an upgrade waits for the same
      put_off(false, {});
    return nullptr;
  }
  auto& request = x.file->request;
  // Whoever is repaired gets what the file asks for, with the image that the fleet has.
  if (wants_latest_image(request.latest_model)) {
    const auto image = keeper_.fleet_image();
    settle_images(*x.file, image.empty() ? newest_or_complain(*x.file) : image, {});
  }
  request.current_model = request.latest_model;
  x.id = make_upgrade_id(*x.file, {});
  x.simulation = simulation_;
  x.clock_start = now_;
  x.start = wall_now();
  x.events = events_.descriptor();
  x.quiet = options_.quiet;
  kept_memory_ = std::make_unique<upgraded_memory>(
    who_has_what{upgraded_, own_images_}, x.file, repairs_,
    same_but_capacity(upgraded_to_, request.latest_model));
  x.listener = kept_memory_.get();
  // What would be made of an image that nobody knows is not known either.
  if (!wants_latest_image(request.latest_model))
    x.repairs = repairs_.options(*x.file, x.file->instances, x.start);
  const auto start = x.start;
  auto result = std::make_unique<keeping>(std::move(x));
  repairs_.begin_run(result->instances(), start);
  return result;
}

void watcher::keep_in_real_time() {
  look_at_folder(); // what happened while nobody looked
  if (next_ || renew_)
    return;
  kept_ = make_keeping();
  if (kept_)
    kept_->start([this] { inbox_.keeping_ended(); });
  while (!over_ && !next_ && !renew_ && !is_time_over()) {
    if (polls() && since_start() >= next_poll_ && !waits_with_approval()) {
      poll_image();
      continue;
    }
    if (retry_ && since_start() >= retry_->at) {
      try_again();
      continue;
    }
    const auto moment = next_moment();
    handle(
      wait_for_news(moment == duration::max()
                      ? watch_inbox::deadline{}
                      : begun_ + std::chrono::duration_cast<clock::duration>(moment)));
  }
  end_keeping();
}

watch_inbox::news watcher::wait_for_news(watch_inbox::deadline until) {
  signals_.route([this](const char* name, int count) { inbox_.stop(name, count); });
  auto news = inbox_.wait(until);
  signals_.route(nullptr);
  return news;
}

/// Repairs in hand go to their end, unless somebody is in a hurry.
void watcher::end_keeping() {
  if (!kept_)
    return;
  kept_->stop();
  for (auto kept = kept_over_; !kept;) {
    const auto news = wait_for_news({});
    kept = news.kept;
    if (news.stops > 0) {
      over_ = true;
      stopped_by_ = news.stopped_by;
    }
    if (news.stops > 1)
      kept_->cancel(news.stopped_by);
    asked_ = asked_ || news.hangup;
  }
  kept_->join();
  note_own_images();
  stale_ = stale_ || repairs_.has_replaced();
  kept_ = nullptr;
  kept_over_ = false;
}

void watcher::handle(const watch_inbox::news& x) {
  kept_over_ = kept_over_ || x.kept;
  if (x.stops > 0) {
    over_ = true;
    stopped_by_ = x.stopped_by;
    died_ = died_ || stopped_by_ == lease_lost;
    return;
  }
  asked_ = asked_ || x.hangup;
  if (x.folder)
    look_at_folder();
  if (asked_ && !next_)
    look_at_file(std::exchange(asked_, false));
  if (x.kept) {
    spdlog::error("the run that keeps the fleet has ended by itself; start the watch "
                  "again");
    over_ = died_ = true;
  }
  // The place of one that was replaced is used up within a run.
  const auto replaced = kept_ && repairs_.has_replaced();
  stale_ = stale_ || replaced;
  renew_ = renew_ || replaced;
}

/// Nobody changes anything meanwhile, so that it is known when the next thing happens.
void watcher::keep_in_virtual_time() {
  if (polls() && now_ >= next_poll_) {
    poll_image();
    return;
  }
  auto until = options_.time_limit.value_or(duration::max());
  // Looks that find what the one before found are left out.
  if (polls())
    until = std::min(until, next_look());
  const auto kept = make_keeping();
  const auto length = until - now_;
  if (kept) {
    const auto report = kept->run_for(length);
    now_ += std::max(length, report.end - report.start);
  } else {
    now_ = until;
  }
  next_poll_ = std::max(next_poll_, now_);
}

/// The first look for an image from now on that may find another one.
duration watcher::next_look() const {
  const auto& simulated = std::get<simulated_spec>(file_->driver);
  const auto next = next_release(simulated.images, now_);
  if (next == duration::max() || next <= next_poll_)
    return next == duration::max() ? next : next_poll_;
  const auto step = file_->os_upgrade.check_interval;
  const auto steps = (next - next_poll_ + step - duration{1}) / step;
  return next_poll_ + steps * step;
}

} // namespace drydock::cli
