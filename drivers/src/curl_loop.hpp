// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "uv_handle.hpp"

#include <curl/curl.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace drydock::drivers {

/// libcurl's multi interface, driven by a libuv loop. Loop thread only.
class curl_loop {
public:
  /// `ended` gets each transfer that came to its end, already removed.
  curl_loop(uv_loop_t* loop, std::size_t connections_max,
            std::function<void(CURL*, CURLcode)> ended);

  /// Closes all connections. Transfers under way must have been removed.
  ~curl_loop();

  curl_loop(const curl_loop&) = delete;
  curl_loop& operator=(const curl_loop&) = delete;

  /// Makes a transfer ready for this loop, once, before it is first added; with
  /// no other loop may it be used then.
  void adopt(CURL* transfer);

  /// Starts a transfer; its end is told later. False: it cannot be started.
  [[nodiscard]] bool add(CURL* transfer);

  /// Breaks a transfer off; its end is not told.
  void remove(CURL* transfer);

private:
  struct watched_socket {
    handle_ptr<uv_poll_t> poll;
    curl_loop* owner = nullptr;
    curl_socket_t socket = 0;
    /// What the system is asked to tell.
    int events = 0;
    /// libcurl says when it closes it, so that it may be watched until then.
    bool connection = false;
    /// libcurl waits for it; a connection that it only keeps it does not.
    bool wanted = false;
  };

  static curl_socket_t on_open(void* self, curlsocktype, curl_sockaddr* address);
  static int on_close(void* self, curl_socket_t socket);
  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known);
  static int on_timer(CURLM*, long timeout_ms, void* self);
  [[nodiscard]] bool watch(curl_socket_t socket, int events);
  void let_go(curl_socket_t socket);
  void on_ready(watched_socket& from, int status, int ready);
  void act(curl_socket_t socket, int events);

  uv_loop_t* loop_;
  std::function<void(CURL*, CURLcode)> ended_;
  loop_timer timer_;
  std::unordered_map<curl_socket_t, std::unique_ptr<watched_socket>> sockets_;
  std::vector<std::pair<CURL*, CURLcode>> finished_;
  CURLM* multi_;
};

} // namespace drydock::drivers
