// SPDX-License-Identifier: Apache-2.0
#include "lossy_relay.hpp"

#include <array>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace drydock::test {

namespace {

constexpr const char* socket_name = ".s.PGSQL.5432";

sockaddr_un address(const std::string& path) {
  sockaddr_un result{};
  result.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof result.sun_path);
  std::memcpy(result.sun_path, path.data(), path.size());
  return result;
}

bool send_all(int to, const char* data, std::size_t size) {
  while (size > 0) {
    const auto sent = send(to, data, size, MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

int connect_to_server() {
  const auto named = postgresql_place::connection();
  const auto from = named.find("host=") + 5;
  const auto folder = named.substr(from, named.find(' ', from) - from);
  const auto where = address(folder + "/" + socket_name);
  const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(server, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0)
    return server;
  close(server);
  return -1;
}

} // namespace

lossy_relay::lossy_relay() {
  const auto where = address(folder_ / socket_name);
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(bind(listener_, reinterpret_cast<const sockaddr*>(&where), sizeof where)
          == 0);
  REQUIRE(listen(listener_, 8) == 0);
  acceptor_ = std::thread([this] { accept_all(); });
}

lossy_relay::~lossy_relay() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
}

std::string lossy_relay::connection() const {
  return postgresql_place::connection() + " host=" + folder_.path().string();
}

void lossy_relay::lose_answer(int number) {
  std::lock_guard guard(mutex_);
  lose_in_ = number;
  has_lost_ = false;
}

bool lossy_relay::has_lost() const {
  std::lock_guard guard(mutex_);
  return has_lost_;
}

bool lossy_relay::loses_this() {
  std::lock_guard guard(mutex_);
  if (lose_in_ == 0 || --lose_in_ > 0)
    return false;
  has_lost_ = true;
  return true;
}

void lossy_relay::accept_all() {
  for (;;) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0)
      break;
    connections_.emplace_back([this, client] { pass_on(client); });
  }
  // Their stores have closed them.
  for (auto& one : connections_)
    one.join();
}

void lossy_relay::pass_on(int client) {
  const int server = connect_to_server();
  std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
  std::array<char, 65'536> data{};
  while (server >= 0 && poll(ends.data(), ends.size(), -1) > 0) {
    const bool is_answer = ends[1].revents != 0;
    const int from = is_answer ? server : client;
    const auto size = recv(from, data.data(), data.size(), 0);
    if (size <= 0 || (is_answer && loses_this())
        || !send_all(is_answer ? client : server, data.data(),
                     static_cast<std::size_t>(size)))
      break;
  }
  close(client);
  if (server >= 0)
    close(server);
}

} // namespace drydock::test
