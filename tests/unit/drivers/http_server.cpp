// SPDX-License-Identifier: Apache-2.0
#include "http_server.hpp"

#include <uv.h>

#include <cstdlib>
#include <set>

namespace drydock::test {

namespace {

struct connection {
  uv_tcp_t socket{};
  http_server::impl* owner = nullptr;
  std::string input;
};

struct outgoing {
  uv_write_t request{};
  std::string bytes;
};

} // namespace

class http_server::impl {
public:
  impl(uv_loop_t* loop, handler answer) : answer_(std::move(answer)) {
    listener_->data = this;
    sockaddr_in6 any{};
    uv_ip6_addr("::", 0, &any);
    uv_tcp_init(loop, listener_);
    uv_tcp_bind(listener_, reinterpret_cast<const sockaddr*>(&any), 0);
    if (uv_listen(reinterpret_cast<uv_stream_t*>(listener_), 1024,
                  [](uv_stream_t* x, int) { static_cast<impl*>(x->data)->accept(); })
        != 0)
      std::abort();
    int size = sizeof(any);
    uv_tcp_getsockname(listener_, reinterpret_cast<sockaddr*>(&any), &size);
    port = ntohs(any.sin6_port);
  }

  void close() {
    uv_close(reinterpret_cast<uv_handle_t*>(listener_),
             [](uv_handle_t* x) { delete reinterpret_cast<uv_tcp_t*>(x); });
    while (!open.empty())
      drop(*open.begin());
  }

  void accept() {
    auto* x = new connection;
    x->owner = this;
    x->socket.data = x;
    uv_tcp_init(listener_->loop, &x->socket);
    auto* stream = reinterpret_cast<uv_stream_t*>(&x->socket);
    if (uv_accept(reinterpret_cast<uv_stream_t*>(listener_), stream) != 0)
      std::abort();
    open.insert(x);
    ++connections;
    uv_read_start(
      stream,
      [](uv_handle_t*, std::size_t, uv_buf_t* buffer) {
        static thread_local char memory[4096];
        *buffer = uv_buf_init(memory, sizeof(memory));
      },
      [](uv_stream_t* from, ssize_t count, const uv_buf_t* buffer) {
        auto& it = *static_cast<connection*>(from->data);
        if (count < 0) {
          it.owner->drop(&it);
          return;
        }
        it.input.append(buffer->base, static_cast<std::size_t>(count));
        it.owner->serve(it);
      });
  }

  void serve(connection& x) {
    auto end = x.input.find("\r\n\r\n");
    if (end == std::string::npos)
      return;
    http_request request;
    request.head = x.input.substr(0, end + 2);
    x.input.erase(0, end + 4);
    auto start = request.head.find(' ') + 1;
    request.target = request.head.substr(start, request.head.find(' ', start) - start);
    ++requests;
    auto bytes = answer_(request);
    if (!bytes)
      return;
    auto* out = new outgoing;
    out->bytes = std::move(*bytes);
    out->request.data = out;
    auto buffer =
      uv_buf_init(out->bytes.data(), static_cast<unsigned>(out->bytes.size()));
    uv_write(&out->request, reinterpret_cast<uv_stream_t*>(&x.socket), &buffer, 1,
             [](uv_write_t* w, int) { delete static_cast<outgoing*>(w->data); });
  }

  void drop(connection* x) {
    open.erase(x);
    uv_close(reinterpret_cast<uv_handle_t*>(&x->socket),
             [](uv_handle_t* h) { delete static_cast<connection*>(h->data); });
  }

  std::uint16_t port = 0;
  int connections = 0;
  int requests = 0;
  std::set<connection*> open;

private:
  handler answer_;
  uv_tcp_t* listener_ = new uv_tcp_t{};
};

std::string http_reply(int status, const std::string& body,
                       const std::string& headers) {
  std::string result = "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n" + headers;
  if (status != 204)
    result += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return result + "\r\n" + body;
}

http_server::http_server(handler answer) {
  loop_.run([&] { impl_ = std::make_unique<impl>(loop_.get(), std::move(answer)); });
}

http_server::~http_server() {
  loop_.run([this] { impl_->close(); });
}

std::uint16_t http_server::port() const {
  return impl_->port;
}

int http_server::connections() const {
  int result = 0;
  loop_.run([&] { result = impl_->connections; });
  return result;
}

int http_server::requests() const {
  int result = 0;
  loop_.run([&] { result = impl_->requests; });
  return result;
}

int http_server::open_connections() const {
  int result = 0;
  loop_.run([&] { result = static_cast<int>(impl_->open.size()); });
  return result;
}

} // namespace drydock::test
