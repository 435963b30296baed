// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/probers.hpp"

#include "answer_batch.hpp"
#include "curl_loop.hpp"
#include "file_limit.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

namespace drydock::drivers {

namespace {

/// A health answer is a few hundred bytes; what is larger is not read.
constexpr std::size_t body_bytes_max = 64 * 1024;

/// libcurl walks through the connections that it keeps, above all through those
/// to the same address, with every transfer. In some shares of a fleet that does
/// not show; many are no good either, for each takes memory of its own.
constexpr std::size_t shares_wanted = 8;
constexpr std::size_t instances_per_share_min = 16;
constexpr std::size_t instances_per_share_max = 512;

/// The probes of one instance, one after the other.
struct transfer {
  /// Null before the first one.
  CURL* easy = nullptr;
  bool under_way = false;
  std::string body;
  bool headers_complete = false;
  protocol::probe_request request;
  std::shared_ptr<protocol::probe_port> port;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
  auto& x = *static_cast<transfer*>(self);
  if (x.body.size() + size > body_bytes_max)
    return 0; // ends the transfer; such a body is no body
  x.body.append(data, size);
  return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
  std::string_view line(data, size);
  // Every answer ends its headers so, 1xx ones included; a new one starts over.
  static_cast<transfer*>(self)->headers_complete = line == "\r\n" || line == "\n";
  return size;
}

bool uses_openssl() {
  const char* name = curl_version_info(CURLVERSION_NOW)->ssl_version;
  return name != nullptr && std::string_view(name).find("OpenSSL") == 0;
}

std::string encode_path(std::string_view path) {
  std::string result = path.starts_with('/') ? "" : "/";
  for (char c : path) {
    auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F) {
      result += c;
      continue;
    }
    char text[4];
    std::snprintf(text, sizeof(text), "%%%02X", byte);
    result += text;
  }
  return result;
}

/// Probes by HTTP, or by TCP handshake alone, which libcurl does as well and
/// with it names, both families of addresses, and time limits.
class prober_core {
public:
  prober_core(event_loop& loop, engine::health_source source,
              std::shared_ptr<const engine::fleet> instances,
              std::shared_ptr<const learnt_details> learnt)
    : source_(std::move(source)), instances_(std::move(instances)),
      learnt_(std::move(learnt)), path_(encode_path(source_.request_path)),
      instances_per_share_(std::clamp(instances_->positions() / shares_wanted,
                                      instances_per_share_min,
                                      instances_per_share_max)),
      answers_(loop.get()), transfers_(instances_->positions()) {
    make_shares(loop.get());
  }

  ~prober_core() {
    for (engine::instance_index i = 0; i < transfers_.size(); ++i) {
      if (transfers_[i].under_way)
        share_of(i).remove(transfers_[i].easy);
      curl_easy_cleanup(transfers_[i].easy);
    }
  }

  prober_core(const prober_core&) = delete;
  prober_core& operator=(const prober_core&) = delete;

  void probe(const protocol::probe_request& request,
             const std::shared_ptr<protocol::probe_port>& port);

private:
  [[nodiscard]] bool only_connects() const {
    return source_.protocol == engine::probe_protocol::tcp;
  }
  [[nodiscard]] curl_loop& share_of(engine::instance_index i) {
    return *shares_[i / instances_per_share_];
  }
  void make_shares(uv_loop_t* loop);
  [[nodiscard]] std::string url_of(engine::instance_index i) const;
  void prepare(transfer& x, engine::instance_index i);
  void prepare_http(transfer& x) const;
  void on_end(CURL* easy, CURLcode code);
  [[nodiscard]] protocol::probe_answer read_answer(const transfer& x,
                                                   CURLcode code) const;

  const engine::health_source source_;
  const std::shared_ptr<const engine::fleet> instances_;
  const std::shared_ptr<const learnt_details> learnt_;
  const std::string path_;
  const std::size_t instances_per_share_;
  answer_batch answers_;
  std::vector<std::unique_ptr<curl_loop>> shares_;
  // By instance; libcurl keeps the addresses of those in use.
  std::vector<transfer> transfers_;
};

std::string prober_core::url_of(engine::instance_index i) const {
  bool secure = source_.protocol == engine::probe_protocol::https;
  const auto learnt = learnt_ ? learnt_->of(i) : nullptr;
  const auto own_port = learnt && learnt->port ? *learnt->port : instances_->port(i);
  unsigned port = source_.port != 0 ? source_.port
                  : own_port != 0   ? own_port
                  : secure          ? 443
                                    : 80;
  const auto& address =
    learnt && learnt->address ? *learnt->address : instances_->address(i);
  bool bare_ipv6 = address.find(':') != std::string::npos && !address.starts_with('[');
  std::string result = secure ? "https://" : "http://";
  result += bare_ipv6 ? "[" + address + "]" : address;
  return result + ":" + std::to_string(port) + path_;
}

void prober_core::make_shares(uv_loop_t* loop) {
  auto instances = instances_->positions();
  auto count = (instances + instances_per_share_ - 1) / instances_per_share_;
  auto connections = allow_connections(instances);
  for (std::size_t i = 0; i < count; ++i) {
    auto here = connections == instances
                  ? instances_per_share_
                  : std::max<std::size_t>(connections / count, 1);
    auto ended = [this](CURL* easy, CURLcode code) { on_end(easy, code); };
    shares_.push_back(std::make_unique<curl_loop>(loop, here, ended));
  }
}

void prober_core::prepare(transfer& x, engine::instance_index i) {
  x.easy = curl_easy_init();
  share_of(i).adopt(x.easy);
  curl_easy_setopt(x.easy, CURLOPT_URL, url_of(i).c_str());
  auto timeout = std::chrono::ceil<std::chrono::milliseconds>(source_.timeout).count();
  curl_easy_setopt(x.easy, CURLOPT_PRIVATE, &x);
  curl_easy_setopt(x.easy, CURLOPT_NOSIGNAL, 1L);
  // Else breaking a transfer off may wait for a name server.
  curl_easy_setopt(x.easy, CURLOPT_QUICK_EXIT, 1L);
  // Kept connections need no names. Besides, libcurl looks through all names
  // that it knows at the end of every transfer.
  curl_easy_setopt(x.easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(x.easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(x.easy, CURLOPT_TIMEOUT_MS, std::max<long>(timeout, 1));
  // The whole includes the handshake; each limit of its own costs every transfer
  // a timer. But handshakes have one of five minutes unless told otherwise.
  if (source_.timeout >= std::chrono::minutes(5))
    curl_easy_setopt(x.easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout));
  if (only_connects())
    curl_easy_setopt(x.easy, CURLOPT_CONNECT_ONLY, 1L);
  else
    prepare_http(x);
}

void prober_core::prepare_http(transfer& x) const {
  curl_easy_setopt(x.easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(x.easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(x.easy, CURLOPT_USERAGENT, "drydock");
  curl_easy_setopt(x.easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(x.easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(x.easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(x.easy, CURLOPT_WRITEDATA, &x);
  curl_easy_setopt(x.easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(x.easy, CURLOPT_HEADERDATA, &x);
  curl_easy_setopt(x.easy, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(x.easy, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(x.easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_0});
  // OpenSSL's usual level of security has no room for TLS 1.0 and 1.1.
  if (uses_openssl())
    curl_easy_setopt(x.easy, CURLOPT_SSL_CIPHER_LIST, "DEFAULT:@SECLEVEL=0");
}

void prober_core::probe(const protocol::probe_request& request,
                        const std::shared_ptr<protocol::probe_port>& port) {
  auto& where = share_of(request.instance);
  auto& x = transfers_[request.instance];
  if (x.under_way) {
    if (x.request.generation == request.generation) {
      x.port = port; // its answer serves both
      return;
    }
    where.remove(x.easy);
  } else if (x.easy == nullptr) {
    prepare(x, request.instance);
  }
  x.body.clear();
  x.headers_complete = false;
  x.request = request;
  x.port = port;
  x.under_way = true;
  if (!where.add(x.easy))
    on_end(x.easy, CURLE_FAILED_INIT);
}

void prober_core::on_end(CURL* easy, CURLcode code) {
  char* data = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &data);
  auto& x = *reinterpret_cast<transfer*>(data);
  answers_.add(x.port, read_answer(x, code));
  x.port = nullptr;
  x.under_way = false;
}

protocol::probe_answer prober_core::read_answer(const transfer& x,
                                                CURLcode code) const {
  protocol::probe_answer result;
  result.instance = x.request.instance;
  result.generation = x.request.generation;
  if (only_connects()) {
    result.raw = engine::interpret_tcp(code == CURLE_OK);
    return result;
  }
  // Without a complete head there was no answer; a body that broke off is only
  // missed where it is read.
  long status = 0;
  if (x.headers_complete || code == CURLE_OK)
    curl_easy_getinfo(x.easy, CURLINFO_RESPONSE_CODE, &status);
  health_body body;
  bool rich = source_.kind == engine::health_kind::rich_extension;
  if (rich && code == CURLE_OK && status >= 200 && status <= 299)
    body = parse_health_body(x.body);
  result.raw = engine::interpret_http(source_, static_cast<int>(status), body.state);
  result.metrics = body.metrics;
  return result;
}

class curl_prober : public protocol::prober {
public:
  curl_prober(event_loop& loop, engine::health_source source,
              std::shared_ptr<const engine::fleet> instances,
              std::shared_ptr<const learnt_details> learnt)
    : loop_(loop), core_(std::make_shared<std::unique_ptr<prober_core>>()) {
    loop_.run([&] {
      *core_ = std::make_unique<prober_core>(loop_, std::move(source),
                                             std::move(instances), std::move(learnt));
    });
  }

  ~curl_prober() override {
    loop_.run([this] { core_->reset(); });
  }

  void probe(std::span<const protocol::probe_request> requests, engine::instant,
             std::vector<protocol::probe_answer>&,
             const std::shared_ptr<protocol::probe_port>& port) override {
    loop_.post(
      [core = core_, port, list = std::vector(requests.begin(), requests.end())] {
        for (const auto& x : list)
          (*core)->probe(x, port);
      });
  }

private:
  event_loop& loop_;
  // Empty once the prober is gone.
  std::shared_ptr<std::unique_ptr<prober_core>> core_;
};

} // namespace

std::unique_ptr<protocol::prober>
make_http_prober(event_loop& loop, engine::health_source source,
                 std::shared_ptr<const engine::fleet> instances,
                 std::shared_ptr<const learnt_details> learnt) {
  return std::make_unique<curl_prober>(loop, std::move(source), std::move(instances),
                                       std::move(learnt));
}

std::unique_ptr<protocol::prober>
make_tcp_prober(event_loop& loop, engine::health_source source,
                std::shared_ptr<const engine::fleet> instances,
                std::shared_ptr<const learnt_details> learnt) {
  source.protocol = engine::probe_protocol::tcp;
  return std::make_unique<curl_prober>(loop, std::move(source), std::move(instances),
                                       std::move(learnt));
}

} // namespace drydock::drivers
