// SPDX-License-Identifier: Apache-2.0
#include "signals.hpp"

#include <csignal>
#include <utility>

namespace drydock::cli {

namespace {

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGUSR1); // ends the watch
  return set;
}

const char* name_of(int signal) {
  if (signal == SIGINT)
    return "SIGINT";
  return signal == SIGHUP ? "SIGHUP" : "SIGTERM";
}

} // namespace

signal_watch::signal_watch() {
  const auto set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] { watch(); });
}

signal_watch::~signal_watch() {
  over_ = true;
  pthread_kill(thread_.native_handle(), SIGUSR1);
  thread_.join();
}

void signal_watch::route(handler to) {
  const std::lock_guard guard(mutex_);
  to_ = std::move(to);
  if (to_ && count_ > 0)
    to_(last_, count_);
}

bool signal_watch::pressed() {
  const std::lock_guard guard(mutex_);
  return count_ > 0;
}

void signal_watch::route_hangups(std::function<void()> to) {
  const std::lock_guard guard(mutex_);
  on_hangup_ = std::move(to);
}

void signal_watch::watch() {
  const auto set = watched();
  for (;;) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0 || over_)
      return;
    if (signal == SIGUSR1)
      continue;
    const std::lock_guard guard(mutex_);
    if (signal == SIGHUP && on_hangup_) {
      on_hangup_();
      continue;
    }
    last_ = name_of(signal);
    ++count_;
    if (to_)
      to_(last_, count_);
  }
}

} // namespace drydock::cli
