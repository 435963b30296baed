// SPDX-License-Identifier: Apache-2.0
#include "drydock/store/lease_keeper.hpp"

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

#include <pthread.h>

namespace drydock::inline v1::store {

namespace {

using std::chrono::steady_clock;

std::int64_t wall_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

} // namespace

class lease_keeper::impl {
public:
  impl(upgrade_store& store, settings with, std::uint64_t epoch,
       steady_clock::time_point since)
    : store_(store), with_(std::move(with)), epoch_(epoch), renewed_(since) {
    // A thread starts with its creator's mask, and signals are for others.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    thread_ = std::thread([this] { work(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  ~impl() {
    {
      std::lock_guard guard(mutex_);
      stops_ = true;
    }
    changed_.notify_all();
    thread_.join();
    // Where the store cannot be reached, the lease ends by itself.
    if (!is_lost_)
      (void)store_.release(with_.scale_set, epoch_);
  }

  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }

private:
  void work() {
    auto next = renewed_ + with_.duration / 3;
    while (waits_until(next)) {
      const auto asked = steady_clock::now();
      const auto failed =
        store_.renew(with_.scale_set, epoch_, wall_us() + with_.duration.count());
      if (!failed) {
        renewed_ = asked;
        next = asked + with_.duration / 3;
        is_told_ = false;
        continue;
      }
      next = steady_clock::now() + with_.duration / 10;
      is_lost_ = failed->what == store_error::kind::not_the_owner;
      const auto is_over = steady_clock::now() >= renewed_ + with_.duration;
      if ((is_lost_ || is_over) && !std::exchange(is_told_, true) && with_.on_lost)
        with_.on_lost(*failed);
      // One whose time is up is still ours as long as nobody else has taken it.
      if (is_lost_)
        return;
    }
  }

  /// False: the keeper is to end.
  bool waits_until(steady_clock::time_point when) {
    std::unique_lock guard(mutex_);
    return !changed_.wait_until(guard, when, [&] { return stops_; });
  }

  upgrade_store& store_;
  const settings with_;
  const std::uint64_t epoch_;
  // The thread's, until it has ended.
  steady_clock::time_point renewed_;
  bool is_lost_ = false;
  bool is_told_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stops_ = false;
  std::thread thread_;
};

lease_keeper::lease_keeper(std::unique_ptr<impl> made) : impl_(std::move(made)) {}

lease_keeper::~lease_keeper() = default;

std::uint64_t lease_keeper::epoch() const {
  return impl_->epoch();
}

lease_keeper::taken lease_keeper::take(upgrade_store& store, settings with) {
  const auto since = steady_clock::now();
  const auto now = wall_us();
  auto who = lease_of_this_process();
  who.expires_us = now + with.duration.count();
  const auto is_gone = [&](const lease& held) {
    return process_is_dead(held) || (with.store_is_local && is_of_another_start(held));
  };
  const auto got = store.acquire(with.scale_set, who, now, is_gone);
  if (const auto* failed = std::get_if<store_error>(&got))
    return *failed;
  const auto& held = std::get<lease>(got);
  if (held.owner != who.owner)
    return held;
  return std::unique_ptr<lease_keeper>(new lease_keeper(
    std::make_unique<impl>(store, std::move(with), held.epoch, since)));
}

} // namespace drydock::inline v1::store
