// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "application.hpp"

#include <csignal>
#include <string>
#include <vector>

namespace local_web {

/// HTTP/1.1 on one thread with poll(2): connections are kept, requests may come
/// in pieces or pipelined, buffers are bounded. Owns its sockets.
class http_server {
public:
  /// `app` must outlive the server.
  explicit http_server(application& app) : app_(app) {}
  ~http_server();

  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Listens; the reason why not, or nothing.
  [[nodiscard]] std::string listen(const std::string& address, int port);

  /// Serves until `stop` is set by a signal; `wait_mask` is the signal mask
  /// while waiting, so that no signal falls between the test and the wait.
  void run(const volatile std::sig_atomic_t& stop, const sigset_t& wait_mask);

private:
  struct connection {
    int fd = -1;
    std::string in;
    std::string out;
    /// The answer to a request that is being worked on, sent at `due`.
    std::string pending;
    bool working = false;
    bool close_after_pending = false;
    /// Nothing is read any more; once `out` is sent the connection ends.
    bool closing = false;
    /// Our side has ended; what still arrives is dropped until theirs does.
    bool lingering = false;
    /// Theirs has: what has arrived is still answered.
    bool input_ended = false;
    bool dead = false;
    clock::time_point due;
    clock::time_point idle_end;
  };

  void accept_all(clock::time_point now);
  void receive(connection& c, clock::time_point now);
  void process(connection& c, clock::time_point now);
  void respond(connection& c, const http_request& request, clock::time_point now);
  void fail(connection& c, parse_status status);
  void send_out(connection& c, clock::time_point now);
  void tend(connection& c, short events, clock::time_point now);
  [[nodiscard]] std::size_t running_besides(const connection& c) const;
  [[nodiscard]] clock::time_point next_deadline(clock::time_point now) const;

  application& app_;
  int listener_ = -1;
  std::vector<connection> connections_;
};

} // namespace local_web
