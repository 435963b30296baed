// SPDX-License-Identifier: Apache-2.0
#include "signals.hpp"

#include <csignal>
#include <utility>

#include <unistd.h>

namespace drydock::cli {

namespace {

/// GNU timeout signals its child, and then the group of the two; a shell that goes has
/// its jobs hang up, and then the kernel does. A finger is slower.
constexpr auto moment = std::chrono::milliseconds(100);

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

/// One that is blocked is kept for `sigwait` whether it is to be ignored or not.
bool is_ignored(int signal) {
  struct sigaction now {};
  return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

[[noreturn]] void die_of(int signal) {
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  sigaction(signal, &usual, nullptr);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  raise(signal);
  _exit(128 + signal); // the first process of a container outlives that
}

} // namespace

signal_watch::signal_watch() : hangups_ignored_(is_ignored(SIGHUP)) {
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
  unheard_ = 0;
  if (to_ && count_ > 0)
    to_(name_of(last_), count_);
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
    if (signal != SIGUSR1)
      take(signal, clock::now());
  }
}

void signal_watch::take(int signal, clock::time_point came) {
  const std::lock_guard guard(mutex_);
  if (signal == SIGHUP && on_hangup_)
    return on_hangup_();
  if (signal == SIGHUP && hangups_ignored_)
    return;
  if (signal == last_ && came - taken_ < moment)
    return;
  last_ = signal;
  ++count_;
  if (to_)
    to_(name_of(signal), count_);
  else if (++unheard_ > 1)
    die_of(signal);
  // Not before: what came meanwhile was sent together with it.
  taken_ = clock::now();
}

} // namespace drydock::cli
