// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/probers.hpp"

#include "http_server.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

namespace {

using namespace drydock;
using namespace drydock::drivers;
using namespace drydock::test;
using namespace std::chrono_literals;
using engine::health_state;

std::shared_ptr<engine::fleet> make_instances(const std::string& address,
                                              std::uint16_t port, std::size_t count) {
  auto result = std::make_shared<engine::fleet>();
  for (std::size_t i = 0; i < count; ++i) {
    engine::instance_spec spec;
    spec.id = "web-" + std::to_string(i);
    spec.address = address;
    spec.port = port;
    result->add(spec);
  }
  return result;
}

std::vector<protocol::probe_answer>
ask(const std::shared_ptr<const engine::fleet>& instances, std::size_t rounds = 1) {
  engine::health_source source;
  source.kind = engine::health_kind::rich_extension;
  source.protocol = engine::probe_protocol::tcp;
  source.timeout = 5s;
  event_loop loop;
  auto port = std::make_shared<probe_recorder>();
  std::vector<protocol::probe_answer> answers;
  std::vector<protocol::probe_request> requests;
  for (std::size_t i = 0; i < instances->size(); ++i)
    requests.push_back({static_cast<engine::instance_index>(i), 3});
  auto prober = make_tcp_prober(loop, source, instances);
  for (std::size_t i = 1; i <= rounds; ++i) {
    std::vector<protocol::probe_answer> at_once;
    prober->probe(requests, {}, at_once, port);
    CHECK(at_once.empty());
    answers = port->wait(i * requests.size());
  }
  return answers;
}

} // namespace

TEST_CASE("a handshake is healthy, and its connection is closed each time") {
  http_server server([](const http_request&) { return std::nullopt; });
  auto answers = ask(make_instances("127.0.0.1", server.port(), 1), 3);
  REQUIRE(answers.size() == 3);
  for (const auto& x : answers) {
    CHECK(x.raw == health_state::healthy);
    CHECK(x.generation == 3);
    CHECK(x.metrics == engine::custom_metrics{});
  }
  CHECK(server.connections() == 3);
  CHECK(server.requests() == 0);
  CHECK(eventually([&] { return server.open_connections() == 0; }));
}

TEST_CASE("names and IPv6 addresses are connected to as well") {
  http_server server([](const http_request&) { return std::nullopt; });
  for (const char* address : {"localhost", "::1"}) {
    auto answers = ask(make_instances(address, server.port(), 1));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].raw == health_state::healthy);
  }
}

TEST_CASE("a refused connection is unhealthy, never unknown") {
  std::uint16_t port = 0;
  {
    http_server gone([](const http_request&) { return std::nullopt; });
    port = gone.port();
  }
  auto answers = ask(make_instances("127.0.0.1", port, 1));
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].raw == health_state::unhealthy);
}

TEST_CASE("hundreds of handshakes go side by side") {
  http_server server([](const http_request&) { return std::nullopt; });
  auto answers = ask(make_instances("127.0.0.1", server.port(), 300));
  REQUIRE(answers.size() == 300);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    CHECK(answers[i].instance == i);
    CHECK(answers[i].raw == health_state::healthy);
  }
}
