// SPDX-License-Identifier: Apache-2.0
#include "process.hpp"

#include "drydock/drivers/event_loop.hpp"

#include "support.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace {

using namespace drydock::drivers;
using namespace drydock::test;
using namespace std::chrono_literals;
using ending = process_result::ending;

/// Runs one process; `act` gets it once it is started.
process_result run(process_options options,
                   const std::function<void(process&)>& act = nullptr) {
  event_loop loop;
  mailbox<process_result> results;
  std::shared_ptr<process> child;
  loop.run([&] {
    child = process::start(loop.get(), std::move(options),
                           [&](process_result x) { results.push(std::move(x)); });
  });
  if (act)
    act(*child);
  auto all = results.wait(1);
  loop.run([&] { child.reset(); });
  REQUIRE(all.size() == 1);
  return all[0];
}

process_options shell(const std::string& text) {
  process_options result;
  result.argv = {"/bin/sh", "-c", text};
  return result;
}

class stopwatch {
public:
  [[nodiscard]] std::chrono::duration<double> elapsed() const {
    return std::chrono::steady_clock::now() - start_;
  }

private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace

TEST_CASE("exit status and both outputs are reported") {
  auto result = run(shell("echo out; echo err >&2; exit 3"));
  CHECK(result.how == ending::exited);
  CHECK(result.status == 3);
  CHECK(result.output == "out\n");
  CHECK(result.tail.find("out\n") != std::string::npos);
  CHECK(result.tail.find("err\n") != std::string::npos);
}

TEST_CASE("arguments reach the program as they are, without a shell") {
  process_options options;
  options.argv = {"printf", "[%s]", "a b", "$HOME", "*", ""};
  CHECK(run(options).output == "[a b][$HOME][*][]");
}

TEST_CASE("a death by signal is told apart from an exit") {
  auto result = run(shell("kill -9 $$"));
  CHECK(result.how == ending::signalled);
  CHECK(result.status == 9);
}

TEST_CASE("the child starts with default signals, no input and its own session") {
  auto result = run(shell("grep SigBlk /proc/self/status; cat; ps -o sid= -p $$ | "
                          "tr -d ' ' | sed \"s/^$$\\$/leader/\""));
  CHECK(result.output == "SigBlk:\t0000000000000000\nleader\n");
}

TEST_CASE("no descriptor of ours reaches the child") {
  // Whoever started the tests may have left some open, which children inherit.
  int foreign = 0;
  for (int fd = 3; fd < 1024; ++fd)
    if (int flags = ::fcntl(fd, F_GETFD); flags >= 0 && (flags & FD_CLOEXEC) == 0)
      ++foreign;
  // The standard ones, and the one by which ls reads the folder.
  auto expected = std::to_string(4 + foreign) + "\n";
  CHECK(run(shell("ls /proc/self/fd | wc -l")).output == expected);
  temporary_folder folder;
  auto options = shell("ls /proc/self/fd | wc -l");
  options.output_file = folder.path("log");
  run(options);
  CHECK(folder.read("log") == expected);
}

TEST_CASE("environment variables are added to the inherited ones") {
  ::setenv("DRYDOCK_TEST_KEPT", "kept", 1);
  ::setenv("DRYDOCK_TEST_CHANGED", "before", 1);
  auto options =
    shell("echo $DRYDOCK_TEST_KEPT $DRYDOCK_TEST_CHANGED $DRYDOCK_TEST_NEW;"
          "env | grep -c DRYDOCK_TEST_CHANGED=");
  options.environment = {{"DRYDOCK_TEST_CHANGED", "after"},
                         {"DRYDOCK_TEST_NEW", "new"}};
  CHECK(run(options).output == "kept after new\n1\n");
}

TEST_CASE("relative programs are looked up in the working directory") {
  temporary_folder folder;
  process_options options;
  options.argv = {folder.script("hello.sh", "pwd")};
  options.directory = folder.path();
  auto result = run(options);
  CHECK(std::filesystem::equivalent(result.output.substr(0, result.output.find('\n')),
                                    folder.path()));
}

TEST_CASE("a program without a slash is looked up in PATH alone") {
  temporary_folder folder;
  folder.script("hello.sh", "exit 0");
  process_options options;
  options.argv = {"hello.sh"};
  options.directory = folder.path();
  CHECK(run(options).how == ending::not_started);
  options.argv = {"sh", "-c", "exit 7"};
  CHECK(run(options).status == 7);
}

TEST_CASE("a script that names no interpreter is the shell's") {
  temporary_folder folder;
  process_options options;
  // No first line: the kernel itself knows nothing to do with it.
  std::ofstream(folder.path("plain.sh")) << "echo $0 $1\n";
  std::filesystem::permissions(folder.path("plain.sh"), std::filesystem::perms::all);
  options.argv = {"./plain.sh", "one"};
  options.directory = folder.path();
  auto result = run(options);
  CHECK(result.status == 0);
  CHECK(result.output == "./plain.sh one\n");
}

TEST_CASE("a program or directory that is not there is an error with a name") {
  process_options options;
  options.argv = {"./no-such-program"};
  options.directory = "/";
  auto result = run(options);
  CHECK(result.how == ending::not_started);
  CHECK(result.error
        == "cannot run './no-such-program' in '/': no such file or directory");
  options.argv = {"true"};
  options.directory = "/no/such/folder";
  CHECK(run(options).error
        == "cannot run 'true': there is no directory '/no/such/folder'");
  options.argv.clear();
  CHECK(run(options).error == "the command is empty");
}

TEST_CASE("the tail is the last 4 KiB, whether over a pipe or in a file") {
  // 10 000 lines of 6 bytes; 4096 bytes reach back into the 683rd from the end.
  const std::string text = "i=10000; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); "
                           "done; exit 1";
  temporary_folder folder;
  auto by_pipe = run(shell(text));
  auto options = shell(text);
  options.output_file = folder.path("log");
  auto by_file = run(options);
  for (const auto* x : {&by_pipe, &by_file}) {
    CHECK(x->tail.size() == 4096);
    CHECK(x->tail.ends_with("\n19998\n19999\n"));
  }
  CHECK(by_pipe.output.size() == 60000);
  CHECK(folder.read("log").size() == 60000);
}

TEST_CASE("the tail of a file starts where the process did") {
  temporary_folder folder;
  auto options = shell("echo first");
  options.output_file = folder.path("log");
  run(options);
  options.argv.back() = "echo second";
  CHECK(run(options).tail == "second\n");
  CHECK(folder.read("log") == "first\nsecond\n");
}

TEST_CASE("a file that cannot be opened does not stop the process") {
  auto options = shell("echo still; exit 4");
  options.output_file = "/no/such/folder/log";
  auto result = run(options);
  CHECK(result.status == 4);
  CHECK(result.tail == "still\n");
}

TEST_CASE("output beyond what is kept does not block the child") {
  auto result = run(shell("head -c 1000000 /dev/zero"));
  CHECK(result.how == ending::exited);
  CHECK(result.status == 0);
  CHECK(result.output.size() == captured_bytes_max);
}

TEST_CASE("a background child that keeps the pipe does not hold up the end") {
  stopwatch watch;
  temporary_folder folder;
  auto result =
    run(shell("sleep 30 & echo $! > " + folder.path("pid") + "; echo done"));
  CHECK(result.how == ending::exited);
  CHECK(result.output == "done\n");
  CHECK(watch.elapsed() < 10s);
  // After a success of its own the group is left alone.
  CHECK(is_alive(folder.read("pid")));
  ::kill(std::atoi(folder.read("pid").c_str()), SIGKILL);
}

TEST_CASE("a timeout sends SIGTERM to the whole group") {
  temporary_folder folder;
  auto options = shell("sleep 60 & echo $! > " + folder.path("pid") + "; wait");
  options.timeout = 200ms;
  stopwatch watch;
  auto result = run(options);
  CHECK(result.how == ending::timed_out);
  CHECK(watch.elapsed() > 190ms);
  CHECK(watch.elapsed() < 9s);
  CHECK(eventually([&] { return !is_alive(folder.read("pid")); }));
}

TEST_CASE("what ignores SIGTERM gets SIGKILL later") {
  temporary_folder folder;
  auto options = shell("trap '' TERM; sleep 60 & echo $! > " + folder.path("pid")
                       + "; while :; do wait; done");
  options.timeout = 200ms;
  options.kill_after = 300ms;
  stopwatch watch;
  auto result = run(options);
  CHECK(result.how == ending::timed_out);
  CHECK(watch.elapsed() > 490ms);
  CHECK(eventually([&] { return !is_alive(folder.read("pid")); }));
}

TEST_CASE("a leader that obeys SIGTERM does not leave disobedient children behind") {
  temporary_folder folder;
  auto options = shell("sh -c 'trap \"\" TERM; echo $$ > " + folder.path("pid")
                       + "; while :; do sleep 1; done' & wait");
  options.timeout = 500ms;
  options.kill_after = 300ms;
  auto result = run(options);
  CHECK(result.how == ending::timed_out);
  REQUIRE(folder.has("pid"));
  CHECK(eventually([&] { return !is_alive(folder.read("pid")); }));
}

TEST_CASE("children get the same time to obey SIGTERM as their leader") {
  temporary_folder folder;
  auto options = shell("sh -c 'trap \"sleep 0.5; echo tidy > " + folder.path("tidy")
                       + "; exit\" TERM; echo > " + folder.path("ready")
                       + "; while :; do sleep 0.05; done' & wait");
  options.timeout = 1s;
  stopwatch watch;
  auto result = run(options);
  CHECK(result.how == ending::timed_out);
  REQUIRE(folder.has("ready"));
  CHECK(folder.has("tidy"));
  CHECK(watch.elapsed() < 9s);
}

TEST_CASE("kill does not wait for children that are still tidying up") {
  temporary_folder folder;
  auto options = shell("sh -c 'trap \"\" TERM; echo $$ > " + folder.path("pid")
                       + "; while :; do sleep 1; done' & wait");
  options.timeout = 500ms;
  options.kill_after = 60s;
  stopwatch watch;
  event_loop loop;
  mailbox<process_result> results;
  std::shared_ptr<process> child;
  loop.run([&] {
    child = process::start(loop.get(), options,
                           [&](process_result x) { results.push(std::move(x)); });
  });
  std::this_thread::sleep_for(1s);
  loop.run([&] { child->kill(); });
  auto all = results.wait(1);
  loop.run([&] { child.reset(); });
  REQUIRE(all.size() == 1);
  CHECK(all[0].how == ending::timed_out);
  REQUIRE(folder.has("pid"));
  CHECK(eventually([&] { return !is_alive(folder.read("pid")); }));
  CHECK(watch.elapsed() < 9s);
}

TEST_CASE("an end in time is no timeout, however late it is noticed") {
  event_loop loop;
  mailbox<process_result> results;
  auto options = shell("exit 0");
  options.timeout = 300ms;
  loop.run([&] {
    process::start(loop.get(), options,
                   [&](process_result x) { results.push(std::move(x)); });
    std::this_thread::sleep_for(600ms); // the thread is busy with something else
  });
  auto all = results.wait(1);
  REQUIRE(all.size() == 1);
  CHECK(all[0].how == ending::exited);
}

TEST_CASE("kill takes the whole group along at once") {
  temporary_folder folder;
  auto options =
    shell("trap '' TERM; sleep 60 & echo $! > " + folder.path("new") + "; mv "
          + folder.path("new") + " " + folder.path("pid") + "; wait");
  options.timeout = 60s;
  event_loop loop;
  mailbox<process_result> results;
  std::shared_ptr<process> child;
  loop.run([&] {
    child = process::start(loop.get(), options,
                           [&](process_result x) { results.push(std::move(x)); });
  });
  REQUIRE(eventually([&] { return folder.has("pid"); }));
  CHECK(is_alive(folder.read("pid")));
  loop.run([&] { child->kill(); });
  auto all = results.wait(1);
  REQUIRE(all.size() == 1);
  CHECK(all[0].how == ending::killed);
  CHECK(eventually([&] { return !is_alive(folder.read("pid")); }));
  loop.run([&] {
    child->kill(); // of no consequence any more
    child.reset();
  });
}
