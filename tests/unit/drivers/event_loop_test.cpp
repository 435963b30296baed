// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/event_loop.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <thread>
#include <vector>

using drydock::drivers::event_loop;

TEST_CASE("tasks run on the loop's thread in the order of posting") {
  event_loop loop;
  std::vector<int> order;
  std::thread::id where;
  for (int i = 0; i < 1000; ++i)
    loop.post([&order, i] { order.push_back(i); });
  loop.run([&] { where = std::this_thread::get_id(); });
  REQUIRE(order.size() == 1000);
  for (int i = 0; i < 1000; ++i)
    CHECK(order[static_cast<std::size_t>(i)] == i);
  CHECK(where != std::this_thread::get_id());
}

TEST_CASE("what was posted before the end still runs, and what that posts") {
  int count = 0;
  {
    event_loop loop;
    loop.post([&] {
      ++count;
      loop.post([&] { ++count; });
    });
  }
  CHECK(count == 2);
}

TEST_CASE("tasks of many threads all run") {
  event_loop loop;
  int count = 0; // touched by the loop's thread only
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 500; ++j)
        loop.post([&count] { ++count; });
    });
  for (auto& x : threads)
    x.join();
  int seen = 0;
  loop.run([&] { seen = count; });
  CHECK(seen == 2000);
}

TEST_CASE("the loop's thread takes SIGCHLD and no signal meant for the program") {
  event_loop loop;
  sigset_t blocked;
  loop.run([&] { pthread_sigmask(SIG_SETMASK, nullptr, &blocked); });
  CHECK(sigismember(&blocked, SIGCHLD) == 0);
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE, SIGALRM})
    CHECK(sigismember(&blocked, signal) == 1);
}

TEST_CASE("the maker's own signal mask stays as it was") {
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  event_loop loop;
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int signal : {SIGINT, SIGTERM, SIGCHLD, SIGUSR1})
    CHECK(sigismember(&before, signal) == sigismember(&after, signal));
}

TEST_CASE("a task posted from a task runs after it") {
  event_loop loop;
  std::vector<int> order;
  loop.run([&] {
    loop.post([&] { order.push_back(2); });
    loop.run([&] { order.push_back(1); }); // on the thread itself: at once
  });
  loop.run([] {});
  CHECK(order == std::vector{1, 2});
}
