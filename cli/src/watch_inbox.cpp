// SPDX-License-Identifier: Apache-2.0
#include "watch_inbox.hpp"

#include <utility>

namespace drydock::cli {

template <class Change>
void watch_inbox::note(const Change& change) {
  const std::lock_guard guard(mutex_);
  change(news_);
  changed_.notify_all();
}

void watch_inbox::folder_changed() {
  note([](news& x) { x.folder = true; });
}

void watch_inbox::hang_up() {
  note([](news& x) { x.hangup = true; });
}

void watch_inbox::keeping_ended() {
  note([](news& x) { x.kept = true; });
}

void watch_inbox::stop(const std::string& by, int count) {
  note([&](news& x) {
    x.stops = count;
    x.stopped_by = by;
  });
}

watch_inbox::news watch_inbox::wait(deadline until) {
  std::unique_lock guard(mutex_);
  const auto any = [this] {
    return news_.folder || news_.hangup || news_.kept || news_.stops > stops_seen_;
  };
  if (until)
    changed_.wait_until(guard, *until, any);
  else
    changed_.wait(guard, any);
  auto result = news_;
  stops_seen_ = news_.stops;
  news_.folder = news_.hangup = news_.kept = false;
  return result;
}

} // namespace drydock::cli
