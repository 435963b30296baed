// SPDX-License-Identifier: Apache-2.0
#include "curl_loop.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace drydock::drivers {

namespace {

/// libcurl wants to be set up once before its first use.
void initialise_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)code;
}

} // namespace

curl_loop::curl_loop(uv_loop_t* loop, std::size_t connections_max,
                     std::function<void(CURL*, CURLcode)> ended)
  : loop_(loop), ended_(std::move(ended)), timer_(loop) {
  initialise_curl();
  multi_ = curl_multi_init();
  if (multi_ == nullptr)
    std::abort(); // out of memory
  auto connections = static_cast<long>(connections_max);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &curl_loop::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &curl_loop::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections);
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
}

curl_loop::~curl_loop() {
  curl_multi_cleanup(multi_);
}

bool curl_loop::add(CURL* transfer) {
  return curl_multi_add_handle(multi_, transfer) == CURLM_OK;
}

void curl_loop::remove(CURL* transfer) {
  curl_multi_remove_handle(multi_, transfer);
}

void curl_loop::adopt(CURL* transfer) {
  curl_easy_setopt(transfer, CURLOPT_OPENSOCKETFUNCTION, &curl_loop::on_open);
  curl_easy_setopt(transfer, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(transfer, CURLOPT_CLOSESOCKETFUNCTION, &curl_loop::on_close);
  curl_easy_setopt(transfer, CURLOPT_CLOSESOCKETDATA, this);
}

curl_socket_t curl_loop::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  auto& owner = *static_cast<curl_loop*>(self);
  // Not for the commands that are started meanwhile.
  auto socket =
    ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (socket < 0)
    return CURL_SOCKET_BAD;
  auto& x = owner.sockets_[socket] = std::make_unique<watched_socket>();
  x->owner = &owner;
  x->socket = socket;
  x->connection = true;
  return socket;
}

int curl_loop::on_close(void* self, curl_socket_t socket) {
  static_cast<curl_loop*>(self)->sockets_.erase(socket);
  return ::close(socket);
}

int curl_loop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& owner = *static_cast<curl_loop*>(self);
  if (what == CURL_POLL_REMOVE) {
    owner.let_go(socket);
    return 0;
  }
  int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0)
               | ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
  return owner.watch(socket, events) ? 0 : -1;
}

bool curl_loop::watch(curl_socket_t socket, int events) {
  auto& x = sockets_[socket];
  if (x == nullptr) {
    x = std::make_unique<watched_socket>();
    x->owner = this;
    x->socket = socket;
  }
  x->wanted = true;
  if (x->poll == nullptr) {
    auto raw = std::make_unique<uv_poll_t>();
    if (uv_poll_init_socket(loop_, raw.get(), socket) != 0)
      return false;
    x->poll.reset(raw.release());
    x->poll->data = x.get();
  }
  if (x->events == events)
    return true;
  x->events = events;
  return uv_poll_start(x->poll.get(), events,
                       [](uv_poll_t* p, int status, int ready) {
                         auto& from = *static_cast<watched_socket*>(p->data);
                         from.owner->on_ready(from, status, ready);
                       })
         == 0;
}

void curl_loop::let_go(curl_socket_t socket) {
  auto i = sockets_.find(socket);
  if (i == sockets_.end())
    return;
  // A connection is mostly kept for the next transfer, which waits for the same:
  // to watch it on spares two system calls a transfer.
  if (i->second->connection)
    i->second->wanted = false;
  else
    sockets_.erase(i);
}

void curl_loop::on_ready(watched_socket& from, int status, int ready) {
  if (!from.wanted) {
    // Its peer has closed it, or speaks unasked; libcurl looks before it uses it.
    uv_poll_stop(from.poll.get());
    from.events = 0;
    return;
  }
  if (status < 0)
    from.events = 0; // libuv has stopped by itself
  int flags = status < 0 ? CURL_CSELECT_ERR : 0;
  flags |= (ready & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0;
  flags |= (ready & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0;
  act(from.socket, flags);
}

int curl_loop::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& owner = *static_cast<curl_loop*>(self);
  if (timeout_ms < 0)
    owner.timer_.stop();
  else
    owner.timer_.start(std::chrono::milliseconds(timeout_ms),
                       [&owner] { owner.act(CURL_SOCKET_TIMEOUT, 0); });
  return 0;
}

void curl_loop::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
  // First all messages, then the rest: libcurl looks through its whole list of
  // messages whenever a transfer is removed.
  auto finished = std::exchange(finished_, {});
  int queued = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &queued))
    if (message->msg == CURLMSG_DONE)
      finished.emplace_back(message->easy_handle, message->data.result);
  for (auto [transfer, code] : finished) {
    curl_multi_remove_handle(multi_, transfer);
    ended_(transfer, code);
  }
  finished.clear();
  finished_ = std::move(finished); // its memory is for the next time
}

} // namespace drydock::drivers
