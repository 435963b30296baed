// SPDX-License-Identifier: Apache-2.0
#include "live_view.hpp"

#include "fleets.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace drydock::cli;
using namespace drydock::engine;

namespace {

/// A terminal that remembers: its screen is what the bytes written to it made,
/// for the few sequences that views use.
class fake_terminal {
public:
  fake_terminal(unsigned short columns, unsigned short rows) {
    master_ = posix_openpt(O_RDWR | O_NOCTTY);
    REQUIRE(master_ >= 0);
    REQUIRE(grantpt(master_) == 0);
    REQUIRE(unlockpt(master_) == 0);
    slave_ = open(ptsname(master_), O_RDWR | O_NOCTTY);
    REQUIRE(slave_ >= 0);
    resize(columns, rows);
  }
  ~fake_terminal() {
    close(slave_);
    close(master_);
  }
  fake_terminal(const fake_terminal&) = delete;
  fake_terminal& operator=(const fake_terminal&) = delete;

  void resize(unsigned short columns, unsigned short rows) const {
    winsize size{};
    size.ws_col = columns;
    size.ws_row = rows;
    REQUIRE(ioctl(slave_, TIOCSWINSZ, &size) == 0);
  }

  [[nodiscard]] int fd() const { return slave_; }

  /// Reads until nothing came for `quiet` milliseconds.
  void read_all(int quiet = 50) {
    pollfd ready{master_, POLLIN, 0};
    char buffer[4096];
    while (poll(&ready, 1, quiet) > 0) {
      const auto n = read(master_, buffer, sizeof buffer);
      if (n <= 0)
        return;
      bytes += std::string(buffer, static_cast<std::size_t>(n));
    }
  }

  /// Reads until `text` is on the screen, five seconds at most.
  [[nodiscard]] bool shows(const std::string& text) {
    for (int i = 0; i < 100; ++i) {
      read_all(50);
      if (screen().find(text) != std::string::npos)
        return true;
    }
    return false;
  }

  /// What is on the screen, if it never scrolled; for ASCII.
  [[nodiscard]] std::string screen() const {
    std::vector<std::string> lines(1);
    std::size_t row = 0, column = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const auto c = bytes[i];
      if (c == '\r') {
        column = 0;
      } else if (c == '\n') {
        if (++row == lines.size())
          lines.emplace_back();
      } else if (c == '\x1b') {
        const auto number = std::strtoul(bytes.c_str() + i + 2, nullptr, 10);
        i = bytes.find_first_of("AJKmhl", i);
        if (bytes[i] == 'A')
          row -= number;
        if (bytes[i] == 'J')
          lines.resize(row + 1);
        if (bytes[i] == 'J' || bytes[i] == 'K')
          lines[row].resize(std::min(column, lines[row].size()));
      } else {
        lines[row].resize(std::max(column + 1, lines[row].size()), ' ');
        lines[row][column++] = c;
      }
    }
    std::string text;
    for (const auto& line : lines)
      text += line + '\n';
    return text;
  }

  std::string bytes;

private:
  int master_ = -1;
  int slave_ = -1;
};

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

const told::upgrade_started start{upgrade_mode::rolling, 4, 4, 0, 0,
                                  apply_class::reimage};

} // namespace

TEST_CASE("the final picture stays and the summary follows it") {
  fake_terminal terminal(60, 20);
  {
    live_view view(context_of(4, {"1", "2"}), terminal.fd(), false);
    view.on_event(start, 0s);
    CHECK(terminal.shows("web  rolling, reimage  00:00\nzone 1 .."));
    view.on_event(make_batch(1, {0, 1}), 1s);
    view.on_event(told::instance_settled{0, failure_reason::none, false, {}}, 60s);
    CHECK(terminal.shows("zone 1 #."));
    view.on_event(told::instance_settled{1, failure_reason::none, false, {}}, 61s);
    view.on_event(told::batch_finished{1, 2, 0}, 61s);
    view.on_event(told::upgrade_finished{upgrade_status::faulted,
                                         {"Code", "some text", {}},
                                         {2, 0, 0, 2, 0}},
                  62s);
    terminal.read_all();
  }
  terminal.read_all();
  CHECK(terminal.screen() == R"(web  rolling, reimage  01:02  Faulted
zone 1 #.
zone 2 #.
. pending  * in work  # done
batch 1 finished: 2 succeeded, 0 failed
2 of 4 done (50 %), 2 pending
upgrade Faulted in 62.0s: 2 successful, 0 failed, 2 pending, 0 skipped
          Code: some text

)");
}

TEST_CASE("the cursor is hidden within a frame only, and the screen is not switched") {
  fake_terminal terminal(60, 20);
  {
    live_view view(context_of(4), terminal.fd(), false);
    view.on_event(start, 0s);
    REQUIRE(terminal.shows("4 pending"));
    const auto hidden = count_of(terminal.bytes, "\x1b[?25l");
    CHECK(hidden > 0);
    CHECK(hidden == count_of(terminal.bytes, "\x1b[?25h"));
    CHECK(count_of(terminal.bytes, "1049") == 0);
  } // left in the middle
  terminal.read_all();
  CHECK(terminal.bytes.substr(terminal.bytes.size() - 6) == "\x1b[?25h");
}

TEST_CASE("a view that is left in the middle leaves its last picture") {
  fake_terminal terminal(60, 20);
  {
    live_view view(context_of(2), terminal.fd(), false);
    view.on_event(start, 0s);
    view.on_event(make_batch(1, {0}), 0s);
  }
  terminal.read_all();
  CHECK(terminal.screen() == R"(web  rolling, reimage  00:00
*.
. pending  * in work  # done
batch 1: 1 instance, 1 left
0 of 2 done (0 %), 1 in work, 1 pending

)");
}

TEST_CASE("a flood of events costs a few redraws, and a picture of old nothing") {
  fake_terminal terminal(60, 20);
  live_view view(context_of(1000), terminal.fd(), false);
  view.on_event(start, 0s);
  for (instance_index i = 0; i < 1000; ++i)
    view.on_event(told::instance_settled{i, failure_reason::none, false, {}}, 1s);
  CHECK(terminal.shows("1000 of 1000 done"));
  CHECK(count_of(terminal.bytes, "\x1b[?25l") <= 5);
  const auto before = terminal.bytes.size();
  terminal.read_all(350);
  CHECK(terminal.bytes.size() == before); // virtual time stands still
}

TEST_CASE("in real time the clock moves without events") {
  fake_terminal terminal(60, 20);
  auto context = context_of(2);
  context.virtual_clock = false;
  live_view view(std::move(context), terminal.fd(), false);
  view.on_event(start, 58500ms);
  CHECK(terminal.shows("00:58"));
  CHECK(terminal.shows("00:59"));
}

TEST_CASE("a terminal that became narrower is drawn over whole") {
  fake_terminal terminal(40, 20);
  live_view view(context_of(30), terminal.fd(), false);
  view.on_event(start, 0s);
  REQUIRE(terminal.shows("30 pending"));
  terminal.read_all();
  terminal.resize(20, 20);
  terminal.bytes.clear();
  terminal.read_all(300);
  // 28, 30, 28 and 32 columns took two lines each in 20 columns.
  CHECK(terminal.bytes.find("\x1b[8A") != std::string::npos);
}
