// SPDX-License-Identifier: Apache-2.0
#include "http_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace local_web {

namespace {

constexpr std::size_t max_connections = 512;
constexpr std::size_t max_unsent = std::size_t{64} * 1024;
constexpr std::size_t max_input = max_head_size + max_body_size;
constexpr auto idle_limit = std::chrono::seconds(60);
constexpr auto linger_limit = std::chrono::seconds(1);

const char* reason_phrase(int status) {
  switch (status) {
  case 200:
    return "OK";
  case 400:
    return "Bad Request";
  case 404:
    return "Not Found";
  case 405:
    return "Method Not Allowed";
  case 413:
    return "Content Too Large";
  case 431:
    return "Request Header Fields Too Large";
  case 501:
    return "Not Implemented";
  default:
    return "Service Unavailable";
  }
}

std::string render(const http_response& response, bool keep_alive, bool with_body) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " "
                     + reason_phrase(response.status)
                     + "\r\nContent-Type: " + response.content_type
                     + "\r\nContent-Length: " + std::to_string(response.body.size())
                     + (keep_alive ? "\r\nConnection: keep-alive\r\n\r\n"
                                   : "\r\nConnection: close\r\n\r\n");
  return with_body ? text + response.body : text;
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

} // namespace

http_server::~http_server() {
  for (const auto& c : connections_)
    close(c.fd);
  if (listener_ >= 0)
    close(listener_);
}

std::string http_server::listen(const std::string& address, int port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener_ < 0)
    return std::strerror(errno);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, address.c_str(), &target.sin_addr) != 1)
    return "'" + address + "' is no IPv4 address";
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0
      || ::listen(listener_, SOMAXCONN) != 0) {
    if (errno == EADDRINUSE)
      return "port " + std::to_string(port) + " is taken by another program";
    return "cannot listen on port " + std::to_string(port) + ": "
           + std::strerror(errno);
  }
  return {};
}

void http_server::run(const volatile std::sig_atomic_t& stop,
                      const sigset_t& wait_mask) {
  std::vector<pollfd> polled;
  while (stop == 0) {
    polled.clear();
    const bool room = connections_.size() < max_connections;
    polled.push_back({room ? listener_ : -1, POLLIN, 0});
    for (const auto& c : connections_) {
      const bool room_for_input = !c.closing && c.in.size() < max_input;
      const bool reads = !c.input_ended && (c.lingering || room_for_input);
      const int events = (reads ? POLLIN : 0) | (c.out.empty() ? 0 : POLLOUT);
      polled.push_back({c.fd, static_cast<short>(events), 0});
    }
    auto now = clock::now();
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::max(next_deadline(now) - now, clock::duration::zero()));
    const timespec timeout{static_cast<time_t>(left.count() / 1'000'000'000),
                           static_cast<long>(left.count() % 1'000'000'000)};
    if (ppoll(polled.data(), polled.size(), &timeout, &wait_mask) < 0)
      continue; // interrupted; `polled` says nothing
    now = clock::now();
    for (std::size_t i = 0; i < connections_.size(); ++i)
      tend(connections_[i], polled[i + 1].revents, now);
    std::erase_if(connections_, [](const connection& c) {
      if (c.dead)
        close(c.fd);
      return c.dead;
    });
    if (polled.front().revents != 0)
      accept_all(now);
  }
}

void http_server::accept_all(clock::time_point now) {
  while (connections_.size() < max_connections) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
      return;
    connection c;
    c.fd = fd;
    c.idle_end = now + idle_limit;
    connections_.push_back(std::move(c));
  }
}

void http_server::tend(connection& c, short events, clock::time_point now) {
  if (c.working && c.due <= now) {
    c.out += std::exchange(c.pending, {});
    c.closing = c.close_after_pending;
    c.working = false;
    c.idle_end = now + idle_limit;
  }
  // POLLHUP: both directions have ended, nobody would read an answer.
  if ((events & (POLLHUP | POLLERR)) != 0)
    c.dead = true;
  else if ((events & POLLIN) != 0)
    receive(c, now);
  // Answers that could be sent at once make room for those behind them.
  std::size_t unread = 0;
  do {
    unread = c.in.size();
    process(c, now);
    send_out(c, now);
  } while (!c.dead && c.out.empty() && c.in.size() != unread);
  const bool done = c.input_ended && c.out.empty();
  if (!c.working && (done || c.idle_end <= now))
    c.dead = true;
}

void http_server::receive(connection& c, clock::time_point now) {
  std::array<char, 16384> buffer;
  const auto got = recv(c.fd, buffer.data(), buffer.size(), 0);
  if (got < 0 && !would_block())
    c.dead = true;
  else if (got == 0)
    c.input_ended = true;
  if (got <= 0 || c.closing)
    return;
  c.in.append(buffer.data(), static_cast<std::size_t>(got));
  c.idle_end = now + idle_limit;
}

/// Answers in order: while a request is being worked on, those behind it wait.
void http_server::process(connection& c, clock::time_point now) {
  while (!c.dead && !c.working && !c.closing && c.out.size() < max_unsent) {
    const auto parsed = parse_request(c.in);
    if (parsed.status == parse_status::incomplete)
      return;
    if (parsed.status != parse_status::complete) {
      fail(c, parsed.status);
      return;
    }
    c.in.erase(0, parsed.consumed);
    respond(c, parsed.request, now);
  }
}

void http_server::respond(connection& c, const http_request& request,
                          clock::time_point now) {
  const auto response = app_.answer(request, running_besides(c), now);
  const bool keep = request.keep_alive && !response.close;
  auto text = render(response, keep, request.method != "HEAD");
  if (response.delay > std::chrono::milliseconds::zero()) {
    c.pending = std::move(text);
    c.working = true;
    c.close_after_pending = !keep;
    c.due = now + response.delay;
    return;
  }
  c.out += text;
  c.closing = !keep;
}

void http_server::fail(connection& c, parse_status status) {
  http_response response;
  response.status = 400;
  response.body = "this is no HTTP/1.1 request\n";
  if (status == parse_status::head_too_large) {
    response.status = 431;
    response.body = "the head of the request is larger than 8 KiB\n";
  } else if (status == parse_status::body_too_large) {
    response.status = 413;
    response.body = "the body of the request is larger than 64 KiB\n";
  } else if (status == parse_status::unsupported) {
    response.status = 501;
    response.body = "send a Content-Length instead of a transfer encoding\n";
  }
  c.out += render(response, false, true);
  c.closing = true;
}

void http_server::send_out(connection& c, clock::time_point now) {
  while (!c.dead && !c.out.empty()) {
    const auto sent = send(c.fd, c.out.data(), c.out.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      c.dead = !would_block();
      return;
    }
    c.out.erase(0, static_cast<std::size_t>(sent));
  }
  if (c.dead || !c.closing || c.lingering)
    return;
  // Closing a socket with unread input would reset it, and the client might
  // lose the answer: end our side only and give it a moment to end its own.
  shutdown(c.fd, SHUT_WR);
  c.lingering = true;
  c.idle_end = now + linger_limit;
}

std::size_t http_server::running_besides(const connection& c) const {
  return static_cast<std::size_t>(
    std::count_if(connections_.begin(), connections_.end(), [&](const connection& x) {
      return &x != &c && !x.dead && (x.working || !x.out.empty());
    }));
}

clock::time_point http_server::next_deadline(clock::time_point now) const {
  auto result = now + idle_limit;
  for (const auto& c : connections_)
    result = std::min(result, c.working ? c.due : c.idle_end);
  return result;
}

} // namespace local_web
