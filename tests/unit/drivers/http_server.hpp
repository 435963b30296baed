// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/drivers/event_loop.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace drydock::test {

/// A request, as far as tests care.
struct http_request {
  std::string target;
  /// Everything before the empty line.
  std::string head;
};

/// A whole answer, head included, with the length that keeps the connection.
std::string http_reply(int status, const std::string& body = {},
                       const std::string& headers = {});

/// Serves HTTP/1.1 on a free port of all addresses of this machine, so that
/// 127.0.0.2 and its like can play different instances.
class http_server {
public:
  /// Gives the bytes of the answer; nothing: no answer ever. Called on the
  /// server's own thread.
  using handler = std::function<std::optional<std::string>(const http_request&)>;

  explicit http_server(handler answer);
  ~http_server();

  [[nodiscard]] std::uint16_t port() const;
  /// Connections taken so far.
  [[nodiscard]] int connections() const;
  [[nodiscard]] int requests() const;
  /// Connections open at the moment.
  [[nodiscard]] int open_connections() const;

  class impl;

private:
  mutable drivers::event_loop loop_;
  std::unique_ptr<impl> impl_;
};

} // namespace drydock::test
