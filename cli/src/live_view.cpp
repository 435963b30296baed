// SPDX-License-Identifier: Apache-2.0
#include "live_view.hpp"

#include "text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace drydock::cli {

using namespace engine;

namespace {

constexpr auto redraw_interval = std::chrono::milliseconds(100);

picture_frame frame_of_terminal(int fd) {
  picture_frame frame;
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    frame.columns = size.ws_col;
    frame.rows = size.ws_row;
  }
  return frame;
}

/// Whether the user's locale is a UTF-8 one; by its name, for a locale that is
/// not installed here still says what the terminal shows.
bool locale_is_utf8() {
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto* value = std::getenv(name);
    if (value == nullptr || *value == '\0')
      continue;
    std::string letters;
    for (const auto* c = value; *c != '\0'; ++c)
      if (*c != '-')
        letters += *c >= 'A' && *c <= 'Z' ? static_cast<char>(*c - 'A' + 'a') : *c;
    return letters.find("utf8") != std::string::npos;
  }
  return false;
}

/// Hours and minutes of the user's own clock.
std::string time_of_day(std::chrono::system_clock::time_point t) {
  const auto seconds = std::chrono::system_clock::to_time_t(t);
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[16];
  return {text, std::strftime(text, sizeof text, "%H:%M", &local)};
}

} // namespace

live_view::live_view(view_context context, int fd, bool unicode)
  : context_(std::move(context)), fd_(fd), unicode_(unicode), state_(context_),
    drawn_state_(state_) {
  thread_ = std::thread([this] { refresh(); });
}

live_view::~live_view() {
  draw_now();
  {
    const std::lock_guard guard(state_mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void live_view::on_event(const upgrade_event& event, duration since_start) {
  const auto now = context_.virtual_clock ? clock::time_point{} : clock::now();
  const auto* end = std::get_if<told::upgrade_finished>(&event);
  {
    const std::lock_guard guard(state_mutex_);
    state_.take(event, since_start);
    since_start_ = since_start;
    heard_at_ = now;
    heard_ = true;
  }
  if (end == nullptr)
    return;
  draw_now();
  {
    const std::lock_guard guard(state_mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  const std::lock_guard guard(draw_mutex_);
  auto summary = describe(event, context_, since_start);
  for (std::size_t at = 0; (at = summary.find('\n', at)) != std::string::npos; at += 2)
    summary.insert(at, 1, '\r');
  write_all(summary + "\r\n");
}

void live_view::refresh() {
  std::unique_lock guard(state_mutex_);
  while (!closed_) {
    changed_.wait_for(guard, redraw_interval, [this] { return closed_; });
    if (closed_)
      break;
    guard.unlock();
    draw_now();
    guard.lock();
  }
}

void live_view::draw_now() {
  const std::lock_guard drawing(draw_mutex_);
  auto frame = frame_of_terminal(fd_);
  {
    const std::lock_guard guard(state_mutex_);
    if (!heard_ || closed_)
      return;
    drawn_state_ = state_;
    frame.elapsed = since_start_;
    if (!context_.virtual_clock && state_.ending().empty())
      frame.elapsed += clock::now() - heard_at_;
  }
  look_ahead(frame);
  frame.unicode = unicode_;
  const auto width = frame.columns;
  // A full line would leave some terminals on the next one already.
  if (frame.columns > 1)
    --frame.columns;
  const auto text = frame_of(draw(drawn_state_, frame), width);
  if (!text.empty())
    write_all(text);
}

/// Puts what a rehearsal says is left into the frame of `drawn_state_`.
void live_view::look_ahead(picture_frame& frame) const {
  const auto& state = drawn_state_;
  if (!context_.forecast || state.current().number == 0 || !state.cancel().empty())
    return;
  frame.remaining = context_.forecast(
    {state.settled(), state.taking_part(), state.last_settled(), frame.elapsed});
  if (frame.remaining)
    frame.finish = time_of_day(
      std::chrono::system_clock::now()
      + std::chrono::ceil<std::chrono::system_clock::duration>(*frame.remaining));
}

/// The bytes that turn the last picture into this one; none when nothing changed.
std::string live_view::frame_of(const std::vector<picture_line>& lines,
                                std::size_t width) {
  std::vector<std::string> texts;
  std::vector<std::size_t> widths;
  for (const auto& line : lines) {
    texts.push_back(coloured_text(line));
    widths.push_back(columns(plain_text(line)));
  }
  if (texts == drawn_ && width == drawn_width_)
    return {};
  // A terminal that became narrower has wrapped the lines of the last picture.
  std::size_t up = 0;
  for (const auto w : drawn_columns_)
    up += std::max<std::size_t>(1, (w + width - 1) / width);
  std::string text = "\x1b[?25l\r";
  if (up > 0)
    text += "\x1b[" + std::to_string(up) + 'A';
  for (const auto& line : texts)
    text += line + "\x1b[K\r\n";
  text += "\x1b[J\x1b[?25h";
  drawn_ = std::move(texts);
  drawn_columns_ = std::move(widths);
  drawn_width_ = width;
  return text;
}

/// What cannot be written is given up: progress is no reason to fail.
void live_view::write_all(std::string_view text) const {
  while (!text.empty()) {
    const auto n = write(fd_, text.data(), text.size());
    if (n > 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (n < 0 && errno == EAGAIN) {
      pollfd ready{fd_, POLLOUT, 0};
      if (poll(&ready, 1, 1000) <= 0)
        return;
    } else if (n == 0 || errno != EINTR) {
      return;
    }
  }
}

std::unique_ptr<actors::upgrade_listener> make_live_view(view_context context) {
  return std::make_unique<live_view>(std::move(context), STDERR_FILENO,
                                     locale_is_utf8());
}

} // namespace drydock::cli
