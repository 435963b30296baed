// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/probers.hpp"

#include "http_server.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <thread>

namespace {

using namespace drydock;
using namespace drydock::drivers;
using namespace drydock::test;
using namespace std::chrono_literals;
using engine::health_kind;
using engine::health_state;

engine::health_source make_source(health_kind kind) {
  engine::health_source result;
  result.kind = kind;
  result.request_path = "/health";
  result.timeout = 10s;
  return result;
}

std::shared_ptr<engine::fleet> fleet_at(const std::string& address,
                                        std::uint16_t port) {
  auto result = std::make_shared<engine::fleet>();
  engine::instance_spec spec;
  spec.id = "web-0";
  spec.address = address;
  spec.port = port;
  result->add(spec);
  return result;
}

/// Asks one prober, again and again.
class asker {
public:
  asker(const engine::health_source& source,
        std::shared_ptr<const engine::fleet> instances)
    : prober(make_http_prober(loop, source, std::move(instances))) {}

  void ask(const std::vector<protocol::probe_request>& requests) {
    std::vector<protocol::probe_answer> at_once;
    prober->probe(requests, {}, at_once, port);
    CHECK(at_once.empty());
  }

  protocol::probe_answer one(std::uint32_t generation = 1) {
    auto n = port->size();
    ask({{0, generation}});
    auto answers = port->wait(n + 1);
    REQUIRE(answers.size() == n + 1);
    return answers.back();
  }

  event_loop loop;
  std::shared_ptr<probe_recorder> port = std::make_shared<probe_recorder>();
  std::unique_ptr<protocol::prober> prober;
};

protocol::probe_answer ask_once(health_kind kind, const std::string& bytes) {
  http_server server([&](const http_request&) { return bytes; });
  return asker(make_source(kind), fleet_at("127.0.0.1", server.port())).one(5);
}

const std::string good_body =
  R"({"ApplicationHealthState":"Healthy",)"
  R"("CustomMetrics":"{\"rollingUpgrade\":{\"PhaseOrderingNumber\":2,\"SkipUpgrade\":true}}"})";

} // namespace

TEST_CASE("binary health is status 200 and nothing else, redirects not followed") {
  struct row {
    int status;
    health_state raw;
  };
  for (auto [status, raw] : {
         row{200, health_state::healthy},
         row{201, health_state::unhealthy},
         row{204, health_state::unhealthy},
         row{302, health_state::unhealthy},
         row{404, health_state::unhealthy},
         row{503, health_state::unhealthy},
       })
    for (auto kind : {health_kind::binary_extension, health_kind::load_balancer}) {
      auto bytes = http_reply(status, status == 204 ? "" : good_body,
                              status == 302 ? "Location: /elsewhere\r\n" : "");
      http_server server([&](const http_request& x) {
        CHECK(x.target == "/health");
        return bytes;
      });
      asker a(make_source(kind), fleet_at("127.0.0.1", server.port()));
      auto answer = a.one(9);
      CHECK(answer.raw == raw);
      CHECK(answer.generation == 9);
      // Metrics are the rich extension's alone.
      CHECK(answer.metrics == engine::custom_metrics{});
      CHECK(server.requests() == 1);
    }
}

TEST_CASE("rich health is a 2xx status and what the body says") {
  struct row {
    int status;
    std::string body;
    health_state raw;
  };
  const std::string unhealthy = R"({"applicationHealthState":"Unhealthy"})";
  for (const auto& [status, body, raw] : {
         row{200, good_body, health_state::healthy},
         row{299, good_body, health_state::healthy},
         row{200, unhealthy, health_state::unhealthy},
         row{200, R"({"ApplicationHealthState":"Unknown"})", health_state::unknown},
         row{200, "", health_state::unknown},
         row{200, "Healthy", health_state::unknown},
         row{204, "", health_state::unknown},
         row{302, good_body, health_state::unknown},
         row{500, good_body, health_state::unknown},
       })
    CHECK(ask_once(health_kind::rich_extension, http_reply(status, body)).raw == raw);
}

TEST_CASE("rich answers carry metrics, answers of other statuses do not") {
  auto answer = ask_once(health_kind::rich_extension, http_reply(200, good_body));
  CHECK(answer.metrics.phase == 2);
  CHECK(answer.metrics.skip_upgrade);
  answer = ask_once(health_kind::rich_extension, http_reply(500, good_body));
  CHECK(answer.metrics == engine::custom_metrics{});
}

TEST_CASE("bodies are read up to 64 KiB") {
  auto padded = [](std::size_t size) {
    auto body = good_body;
    body.insert(1,
                R"("pad":")" + std::string(size - good_body.size() - 9, 'x') + "\",");
    REQUIRE(body.size() == size);
    return http_reply(200, body);
  };
  CHECK(ask_once(health_kind::rich_extension, padded(65536)).raw
        == health_state::healthy);
  auto large = ask_once(health_kind::rich_extension, padded(65537));
  CHECK(large.raw == health_state::unknown);
  CHECK(large.metrics == engine::custom_metrics{});
  // Binary health does not look at the body.
  CHECK(ask_once(health_kind::binary_extension, padded(200000)).raw
        == health_state::healthy);
}

TEST_CASE("answers that are no HTTP, or break off, are no answers") {
  for (const char* bytes : {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\nX: "}) {
    http_server server([&](const http_request&) { return std::string(bytes); });
    auto source = make_source(health_kind::binary_extension);
    source.timeout = 300ms;
    asker binary(source, fleet_at("127.0.0.1", server.port()));
    CHECK(binary.one().raw == health_state::unhealthy);
    source.kind = health_kind::rich_extension;
    asker rich(source, fleet_at("127.0.0.1", server.port()));
    CHECK(rich.one().raw == health_state::unknown);
  }
}

TEST_CASE("silence ends at the timeout") {
  http_server server([](const http_request&) { return std::nullopt; });
  auto source = make_source(health_kind::rich_extension);
  source.timeout = 200ms;
  asker a(source, fleet_at("127.0.0.1", server.port()));
  auto start = std::chrono::steady_clock::now();
  CHECK(a.one().raw == health_state::unknown);
  auto elapsed = std::chrono::steady_clock::now() - start;
  CHECK(elapsed > 190ms);
  CHECK(elapsed < 5s);
}

TEST_CASE("a refused connection and a bad address are answers at once") {
  std::uint16_t free_port = 0;
  {
    http_server gone([](const http_request&) { return std::nullopt; });
    free_port = gone.port();
  }
  for (const char* address : {"127.0.0.1", "no such host", ""}) {
    asker binary(make_source(health_kind::binary_extension),
                 fleet_at(address, free_port));
    CHECK(binary.one().raw == health_state::unhealthy);
    asker rich(make_source(health_kind::rich_extension), fleet_at(address, free_port));
    CHECK(rich.one().raw == health_state::unknown);
  }
}

TEST_CASE("the source's port wins over the instance's, and IPv6 addresses work") {
  http_server server([](const http_request&) { return http_reply(200); });
  auto source = make_source(health_kind::binary_extension);
  CHECK(asker(source, fleet_at("::1", server.port())).one().raw
        == health_state::healthy);
  source.port = server.port();
  CHECK(asker(source, fleet_at("127.0.0.1", 1)).one().raw == health_state::healthy);
}

TEST_CASE("the path gets its slash, and characters that URLs lack are encoded") {
  mailbox<std::string> targets;
  http_server server([&](const http_request& x) {
    targets.push(x.target);
    return http_reply(200);
  });
  for (auto [path, seen] : {std::pair{"health", "/health"}, std::pair{"", "/"},
                            std::pair{"/a/../b?x=1&y=%20", "/a/../b?x=1&y=%20"},
                            std::pair{"/a b", "/a%20b"}}) {
    auto source = make_source(health_kind::binary_extension);
    source.request_path = path;
    asker a(source, fleet_at("127.0.0.1", server.port()));
    CHECK(a.one().raw == health_state::healthy);
    CHECK(targets.wait(1).back() == seen);
  }
}

TEST_CASE("proxies of the environment are not asked") {
  http_server server([](const http_request&) { return http_reply(200); });
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  asker a(make_source(health_kind::binary_extension),
          fleet_at("127.0.0.1", server.port()));
  CHECK(a.one().raw == health_state::healthy);
  ::unsetenv("http_proxy");
}

TEST_CASE("a connection is kept from probe to probe, and replaced when it broke") {
  std::atomic<bool> hang_up{false};
  http_server server([&](const http_request&) {
    return http_reply(200, "fine", hang_up ? "Connection: close\r\n" : "");
  });
  asker a(make_source(health_kind::binary_extension),
          fleet_at("127.0.0.1", server.port()));
  for (std::uint32_t i = 1; i <= 10; ++i)
    CHECK(a.one(i).raw == health_state::healthy);
  CHECK(server.requests() == 10);
  CHECK(server.connections() == 1);
  hang_up = true;
  CHECK(a.one().raw == health_state::healthy);
  CHECK(a.one().raw == health_state::healthy);
  CHECK(server.connections() == 2);
}

TEST_CASE("commands that start meanwhile do not inherit connections") {
  http_server server([](const http_request&) { return http_reply(200); });
  asker a(make_source(health_kind::binary_extension),
          fleet_at("127.0.0.1", server.port()));
  CHECK(a.one().raw == health_state::healthy);
  int kept = 0;
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof(peer);
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0
        || peer.sin_port != htons(server.port()))
      continue;
    ++kept;
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(kept == 1);
}

TEST_CASE("a kept connection that its peer closes costs nothing") {
  std::optional<http_server> server(
    [](const http_request&) { return http_reply(200); });
  asker a(make_source(health_kind::binary_extension),
          fleet_at("127.0.0.1", server->port()));
  CHECK(a.one(1).raw == health_state::healthy);
  server.reset();
  auto cpu_time = [] {
    timespec result{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &result);
    return std::chrono::seconds(result.tv_sec)
           + std::chrono::nanoseconds(result.tv_nsec);
  };
  auto before = cpu_time();
  std::this_thread::sleep_for(300ms);
  CHECK(cpu_time() - before < 150ms);
  CHECK(a.one(2).raw == health_state::unhealthy);
}

TEST_CASE("a newer generation drops the probe under way, the same one waits for it") {
  std::atomic<int> seen{0};
  http_server server([&](const http_request&) -> std::optional<std::string> {
    if (++seen == 1)
      return std::nullopt;
    return http_reply(200);
  });
  auto source = make_source(health_kind::binary_extension);
  asker a(source, fleet_at("127.0.0.1", server.port()));
  a.ask({{0, 1}});
  REQUIRE(eventually([&] { return seen == 1; }));
  a.ask({{0, 1}});
  a.loop.run([] {});
  CHECK(server.requests() == 1);
  a.ask({{0, 2}});
  auto answers = a.port->wait(1);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].generation == 2);
  CHECK(answers[0].raw == health_state::healthy);
  std::this_thread::sleep_for(50ms);
  CHECK(a.port->size() == 1);
  // The connection of the dropped probe is closed, not used again.
  CHECK(eventually([&] { return server.open_connections() == 1; }));
}

TEST_CASE("a prober may end while it waits for answers, and gives none then") {
  http_server server([](const http_request&) { return std::nullopt; });
  asker a(make_source(health_kind::binary_extension),
          fleet_at("127.0.0.1", server.port()));
  a.ask({{0, 1}});
  REQUIRE(eventually([&] { return server.requests() == 1; }));
  a.prober.reset();
  CHECK(eventually([&] { return server.open_connections() == 0; }));
  CHECK(a.port->size() == 0);
  CHECK(a.port.use_count() == 1);
}

TEST_CASE("hundreds of instances are probed side by side, each over one connection") {
  constexpr std::size_t count = 400;
  http_server server([](const http_request&) { return http_reply(200); });
  auto instances = std::make_shared<engine::fleet>();
  for (std::size_t i = 0; i < count; ++i) {
    engine::instance_spec spec;
    spec.id = "web-" + std::to_string(i);
    spec.address =
      "127.0." + std::to_string(1 + i / 200) + "." + std::to_string(1 + i % 200);
    spec.port = server.port();
    instances->add(spec);
  }
  asker a(make_source(health_kind::binary_extension), instances);
  for (std::uint32_t round = 1; round <= 5; ++round) {
    std::vector<protocol::probe_request> requests;
    for (std::size_t i = 0; i < count; ++i)
      requests.push_back({static_cast<engine::instance_index>(i), round});
    a.ask(requests);
    auto answers = a.port->wait(count * round);
    REQUIRE(answers.size() == count * round);
    for (const auto& x : answers)
      CHECK(x.raw == health_state::healthy);
  }
  CHECK(server.requests() == 5 * count);
  CHECK(server.connections() == count);
  // Answers that arrive together travel together.
  CHECK(a.port->batches() < 5 * count / 2);
}
