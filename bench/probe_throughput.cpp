// SPDX-License-Identifier: Apache-2.0
// Health probes a second against a server that runs already: by drydock's HTTP
// prober, or by libcurl's multi interface with nothing of drydock around it.
#include "drydock/drivers/probers.hpp"

#include <CLI/CLI.hpp>
#include <curl/curl.h>
#include <nlohmann/json.hpp>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace {

using namespace drydock;
using steady = std::chrono::steady_clock;

/// Until every connection is open and the caches know their way.
constexpr double warm_up_share = 0.1;

struct task {
  std::string mode = "prober";
  std::string address = "127.0.0.1";
  std::string path = "/health";
  std::uint16_t port = 80;
  std::size_t connections = 100;
  double seconds = 2;
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& x) {
    return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Counts answers between the end of the warm-up and the end of the time.
class meter {
public:
  explicit meter(double seconds)
    : begin_(steady::now() + to_duration(seconds * warm_up_share)),
      end_(begin_ + to_duration(seconds)) {}

  /// Takes some answers, `bad` of them not healthy; false: the time is over.
  bool add(std::size_t answers, std::size_t bad) {
    bad_ += bad;
    last_ = steady::now();
    if (last_ < begin_)
      return true;
    if (!counting_) {
      counting_ = true;
      first_ = last_;
      cpu_ = cpu_seconds();
      return true;
    }
    count_ += answers;
    if (last_ < end_)
      return true;
    cpu_ = cpu_seconds() - cpu_;
    return false;
  }

  [[nodiscard]] std::size_t bad() const { return bad_; }

  [[nodiscard]] nlohmann::json to_json(const task& what) const {
    std::chrono::duration<double> elapsed = last_ - first_;
    auto probes = static_cast<double>(count_);
    return {{"mode", what.mode},
            {"connections", what.connections},
            {"seconds", elapsed.count()},
            {"probes", count_},
            {"perSecond", probes / elapsed.count()},
            {"cpuMicrosecondsPerProbe", cpu_ / probes * 1e6}};
  }

private:
  static steady::duration to_duration(double seconds) {
    return std::chrono::duration_cast<steady::duration>(
      std::chrono::duration<double>(seconds));
  }

  steady::time_point begin_;
  steady::time_point end_;
  steady::time_point first_;
  steady::time_point last_;
  double cpu_ = 0;
  std::size_t count_ = 0;
  std::size_t bad_ = 0;
  bool counting_ = false;
};

/// Asks again whoever has answered, as soon as the answer is there.
class asking_again : public protocol::probe_port,
                     public std::enable_shared_from_this<asking_again> {
public:
  asking_again(protocol::prober& prober, meter& counter)
    : prober_(prober), meter_(counter) {}

  void answered(std::vector<protocol::probe_answer> answers) override {
    std::lock_guard guard(mutex_);
    if (over_)
      return;
    std::size_t bad = 0;
    requests_.clear();
    for (const auto& x : answers) {
      bad += x.raw != engine::health_state::healthy;
      requests_.push_back({x.instance, x.generation + 1});
    }
    if (meter_.add(answers.size(), bad) && bad == 0) {
      prober_.probe(requests_, {}, answers, shared_from_this());
      return;
    }
    over_ = true;
    changed_.notify_all();
  }

  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return over_; });
  }

private:
  protocol::prober& prober_;
  meter& meter_;
  std::vector<protocol::probe_request> requests_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
};

void run_prober(const task& what, meter& counter) {
  auto instances = std::make_shared<engine::fleet>();
  std::vector<protocol::probe_request> requests;
  for (std::size_t i = 0; i < what.connections; ++i) {
    engine::instance_spec spec;
    spec.id = "web-" + std::to_string(i);
    spec.address = what.address;
    spec.port = what.port;
    requests.push_back({instances->add(spec), 1});
  }
  engine::health_source source;
  source.kind = engine::health_kind::binary_extension;
  source.request_path = what.path;
  drivers::event_loop loop;
  auto prober = drivers::make_http_prober(loop, source, instances);
  auto port = std::make_shared<asking_again>(*prober, counter);
  std::vector<protocol::probe_answer> at_once;
  prober->probe(requests, {}, at_once, port);
  port->wait();
}

/// What any program with libcurl can do: the same bytes on the wire, but no
/// timeouts, no generations, and answers whose body nobody keeps.
class bare_loop {
public:
  bare_loop(const task& what, meter& counter)
    : multi_(curl_multi_init()), meter_(counter) {
    auto url = "http://" + what.address + ":" + std::to_string(what.port) + what.path;
    auto connections = static_cast<long>(what.connections);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections);
    for (std::size_t i = 0; i < what.connections; ++i) {
      auto* easy = easies_.emplace_back(curl_easy_init());
      curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
      curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
      curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
      curl_easy_setopt(easy, CURLOPT_USERAGENT, "drydock");
      curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
      curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &bare_loop::on_body);
    }
  }

  ~bare_loop() {
    for (auto* easy : easies_) {
      curl_multi_remove_handle(multi_, easy);
      curl_easy_cleanup(easy);
    }
    curl_multi_cleanup(multi_);
    if (epoll_ >= 0)
      ::close(epoll_);
  }

  bare_loop(const bare_loop&) = delete;
  bare_loop& operator=(const bare_loop&) = delete;

  /// The way for many sockets: epoll and curl_multi_socket_action.
  void run_on_epoll() {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &bare_loop::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &bare_loop::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    add_all();
    do
      turn();
    while (harvest());
  }

  /// The way of most programs: curl_multi_poll and curl_multi_perform.
  void run_on_poll() {
    add_all();
    int running = 0;
    curl_multi_perform(multi_, &running);
    while (harvest()) {
      curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
      curl_multi_perform(multi_, &running);
    }
  }

private:
  static std::size_t on_body(char*, std::size_t, std::size_t size, void*) {
    return size;
  }

  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
    auto& owner = *static_cast<bare_loop*>(self);
    epoll_event event{};
    event.events = ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U)
                   | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
    event.data.fd = socket;
    auto operation = what == CURL_POLL_REMOVE ? EPOLL_CTL_DEL
                     : known == nullptr       ? EPOLL_CTL_ADD
                                              : EPOLL_CTL_MOD;
    ::epoll_ctl(owner.epoll_, operation, socket, &event);
    curl_multi_assign(owner.multi_, socket,
                      what == CURL_POLL_REMOVE ? nullptr : &owner);
    return 0;
  }

  static int on_timer(CURLM*, long timeout_ms, void* self) {
    auto& owner = *static_cast<bare_loop*>(self);
    owner.armed_ = timeout_ms >= 0;
    owner.due_ = steady::now() + std::chrono::milliseconds(timeout_ms);
    return 0;
  }

  void add_all() {
    for (auto* easy : easies_)
      curl_multi_add_handle(multi_, easy);
  }

  void turn() {
    int wait = 1000;
    if (armed_) {
      auto left = std::chrono::ceil<std::chrono::milliseconds>(due_ - steady::now());
      wait = static_cast<int>(std::clamp<long>(left.count(), 0, 1000));
    }
    auto count =
      ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), wait);
    int running = 0;
    for (int i = 0; i < count; ++i) {
      const auto& x = events_[static_cast<std::size_t>(i)];
      int flags = ((x.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0)
                  | ((x.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0)
                  | ((x.events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
      curl_multi_socket_action(multi_, x.data.fd, flags, &running);
    }
    if (armed_ && due_ <= steady::now()) {
      armed_ = false;
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    }
  }

  /// Starts whatever has ended again; false: the time is over.
  bool harvest() {
    finished_.clear();
    std::size_t bad = 0;
    int queued = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
      long status = 0;
      curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
      bad += message->data.result != CURLE_OK || status != 200;
      finished_.push_back(message->easy_handle);
    }
    for (auto* easy : finished_) {
      curl_multi_remove_handle(multi_, easy);
      curl_multi_add_handle(multi_, easy);
    }
    return finished_.empty() || (meter_.add(finished_.size(), bad) && bad == 0);
  }

  CURLM* multi_;
  meter& meter_;
  std::vector<CURL*> easies_;
  std::vector<CURL*> finished_;
  std::array<epoll_event, 256> events_{};
  steady::time_point due_;
  int epoll_ = -1;
  bool armed_ = false;
};

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures health probes a second against a server that runs already; "
               "prints one JSON object."};
  task what;
  app
    .add_option(
      "--mode", what.mode,
      "prober: drydock's; bare: libcurl and epoll; bare-poll: libcurl and its "
      "own poll")
    ->check(CLI::IsMember({"prober", "bare", "bare-poll"}))
    ->capture_default_str();
  app.add_option("--address", what.address, "Of the server")->capture_default_str();
  app.add_option("--port", what.port, "Of the server")->required();
  app.add_option("--path", what.path, "To ask for")->capture_default_str();
  app.add_option("--connections", what.connections, "At the same time")
    ->check(CLI::Range(1, 512))
    ->capture_default_str();
  app.add_option("--seconds", what.seconds, "To measure, after the warm-up")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  meter counter(what.seconds);
  if (what.mode == "prober") {
    run_prober(what, counter);
  } else {
    bare_loop loop(what, counter);
    what.mode == "bare" ? loop.run_on_epoll() : loop.run_on_poll();
  }
  if (counter.bad() > 0) {
    std::fprintf(stderr,
                 "bench_probes: http://%s:%u%s did not answer 200; name a server that "
                 "does with --address, --port and --path\n",
                 what.address.c_str(), unsigned{what.port}, what.path.c_str());
    return 1;
  }
  std::printf("%s\n", counter.to_json(what).dump().c_str());
  return 0;
}
