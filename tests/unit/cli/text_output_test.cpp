// SPDX-License-Identifier: Apache-2.0
#include "text_output.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <unistd.h>

using namespace drydock::cli;

namespace {

using writer = text_output::writer;

/// Lines of many lengths, some of them longer than what can be reserved.
std::string make_text(std::size_t least) {
  std::string result;
  for (std::size_t i = 0; result.size() < least; ++i)
    result += std::to_string(i)
              + std::string(i * 31 % (i % 100 == 0 ? 30'000 : 300), 'x') + '\n';
  return result;
}

/// Takes the text in pieces, reserved and appended in turns.
void write(text_output& to, std::string_view text) {
  for (std::size_t i = 0; !text.empty(); ++i) {
    const auto piece = text.substr(0, i % 7 == 0 ? 50'000 : i * 37 % 4097);
    if (piece.size() <= text_output::piece_max) {
      piece.copy(to.reserve(text_output::piece_max), piece.size());
      to.commit(piece.size());
    } else {
      to.append(piece);
    }
    if (i % 5 == 0)
      to.hand_over();
    text.remove_prefix(piece.size());
  }
}

std::string read_all(int descriptor) {
  std::string result;
  char part[3000];
  for (ssize_t count = 0; (count = read(descriptor, part, sizeof part)) > 0;)
    result.append(part, static_cast<std::size_t>(count));
  return result;
}

} // namespace

TEST_CASE("all text arrives, in order, however slow its reader is") {
  const auto text = make_text(8'000'000);
  for (const auto who : {writer::own_thread, writer::caller})
    for (const int flags : {0, O_NONBLOCK}) {
      int ends[2] = {};
      REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
      REQUIRE(fcntl(ends[1], F_SETFL, flags) == 0);
      std::string got;
      std::thread reader([&] { got = read_all(ends[0]); });
      {
        text_output out(ends[1], who);
        write(out, text);
        CHECK(out.finish() == 0);
        CHECK(out.finish() == 0); // again is no harm
      }
      close(ends[1]);
      reader.join();
      close(ends[0]);
      CHECK(got == text);
    }
}

TEST_CASE("what cannot be written is told at the end, and holds nobody up") {
  const auto text = make_text(4'000'000);
  for (const auto who : {writer::own_thread, writer::caller}) {
    text_output closed(-1, who);
    write(closed, text);
    CHECK(closed.finish() == EBADF);
    const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    REQUIRE(full >= 0);
    text_output out(full, who);
    write(out, text);
    CHECK(out.finish() == ENOSPC);
    close(full);
  }
}

TEST_CASE("without text nothing is written and nothing can fail") {
  for (const auto who : {writer::own_thread, writer::caller}) {
    text_output out(-1, who);
    out.hand_over();
    out.append({});
    CHECK(out.finish() == 0);
  }
}
