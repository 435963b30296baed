// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/health.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace drydock::engine;
using namespace std::chrono_literals;

namespace {

health_source source_of(health_kind kind, std::uint32_t probes,
                        probe_protocol protocol = probe_protocol::http) {
  health_source source;
  source.kind = kind;
  source.protocol = protocol;
  source.number_of_probes = probes;
  return source;
}

health_source rich(std::uint32_t probes, duration grace,
                   probe_protocol protocol = probe_protocol::http) {
  auto source = source_of(health_kind::rich_extension, probes, protocol);
  source.grace_period = grace;
  return source;
}

char letter(health_state x) {
  constexpr char letters[] = {'i', 'h', 'u', '?'};
  return letters[static_cast<std::size_t>(x)];
}

raw_health raw_of(char x) {
  if (x == 'h')
    return health_state::healthy;
  return x == 'u' ? health_state::unhealthy : health_state::unknown;
}

/// Feeds one raw result every interval (5 s), the first at `from`, and returns
/// what is committed after each: i, h, u or ? (unknown).
std::string run(health_machine& machine, const health_source& source,
                std::string_view raws, instant from = instant{}) {
  std::string out;
  for (const char raw : raws) {
    out += letter(machine.next(source, raw_of(raw), from));
    from += source.interval;
  }
  return out;
}

struct row {
  std::uint32_t probes;
  std::string_view raws;
  std::string_view committed;
};

constexpr health_kind all_kinds[] = {health_kind::binary_extension,
                                     health_kind::rich_extension,
                                     health_kind::load_balancer, health_kind::command};

} // namespace

TEST_CASE("health states have lower-case names") {
  CHECK(to_string(health_state::initializing) == "initializing");
  CHECK(to_string(health_state::healthy) == "healthy");
  CHECK(to_string(health_state::unhealthy) == "unhealthy");
  CHECK(to_string(health_state::unknown) == "unknown");
}

TEST_CASE("a health machine is small") {
  CHECK(sizeof(health_machine) <= 16);
}

TEST_CASE("binary health and load balancer probes take exactly 200 as healthy") {
  for (const auto kind : {health_kind::binary_extension, health_kind::load_balancer}) {
    const auto source = source_of(kind, 1);
    CHECK(interpret_http(source, 200, "") == health_state::healthy);
    CHECK(interpret_http(source, 200, "Unhealthy") == health_state::healthy);
    for (const int status : {0, 100, 199, 201, 204, 301, 404, 500})
      CHECK(interpret_http(source, status, "Healthy") == health_state::unhealthy);
  }
}

TEST_CASE("rich health needs a 2xx status and an exact state") {
  const auto source = rich(1, 0s);
  struct answer {
    int status;
    std::string_view reported;
    health_state result;
  };
  const answer answers[] = {
    {200, "Healthy", health_state::healthy},
    {204, "Healthy", health_state::healthy},
    {299, "Unhealthy", health_state::unhealthy},
    {200, "Unhealthy", health_state::unhealthy},
    {199, "Healthy", health_state::unknown},
    {300, "Healthy", health_state::unknown},
    {503, "Unhealthy", health_state::unknown},
    {0, "", health_state::unknown},
    {200, "", health_state::unknown},
    {200, "healthy", health_state::unknown},
    {200, "UNHEALTHY", health_state::unknown},
    {200, "Initializing", health_state::unknown},
    {200, "Unknown", health_state::unknown},
    {200, "Healthy ", health_state::unknown},
  };
  for (const auto& x : answers) {
    CAPTURE(x.status);
    CAPTURE(x.reported);
    CHECK(interpret_http(source, x.status, x.reported) == x.result);
  }
}

TEST_CASE("a handshake is healthy and no handshake is unhealthy") {
  CHECK(interpret_tcp(true) == health_state::healthy);
  CHECK(interpret_tcp(false) == health_state::unhealthy);
}

TEST_CASE("a command says healthy with 0 and unhealthy with 1 only") {
  CHECK(interpret_exit(0) == health_state::healthy);
  CHECK(interpret_exit(1) == health_state::unhealthy);
  for (const int status : {2, 75, 127, 255, -1, -9})
    CHECK(interpret_exit(status) == health_state::unknown);
}

TEST_CASE("silence means what the source makes of it") {
  CHECK(interpret_silence(rich(1, 0s)) == health_state::unknown);
  CHECK(interpret_silence(rich(1, 0s, probe_protocol::https)) == health_state::unknown);
  CHECK(interpret_silence(rich(1, 0s, probe_protocol::tcp)) == health_state::unhealthy);
  CHECK(interpret_silence(source_of(health_kind::binary_extension, 1))
        == health_state::unhealthy);
  CHECK(interpret_silence(source_of(health_kind::load_balancer, 1))
        == health_state::unhealthy);
  CHECK(interpret_silence(source_of(health_kind::command, 1)) == health_state::unknown);
}

TEST_CASE("a running instance is initializing until N equal results in a row") {
  const row rows[] = {
    {1, "hu?h", "hu?h"},
    {2, "hh", "ih"},
    {3, "hhh", "iih"},
    {3, "uuu", "iiu"},
    {3, "???", "ii?"},
    {3, "hhuhhuuhhh", "iiiiiiiiih"},
    {3, "hhhuuhuuu", "iihhhhhhu"},
    {3, "hhhuu?uuu", "iihhhhhhu"},
    {3, "hhhh?h?h??h???", "iihhhhhhhhhhh?"},
    {2, "hhuuhh??", "ihhuuhh?"},
  };
  for (const auto kind : all_kinds) {
    auto source = source_of(kind, 0);
    // No grace period, since nobody watched when it started.
    source.grace_period = 10min;
    for (const auto& x : rows) {
      CAPTURE(x.raws);
      source.number_of_probes = x.probes;
      health_machine machine;
      CHECK(machine.committed() == health_state::initializing);
      CHECK(run(machine, source, x.raws) == x.committed);
      CHECK_FALSE(machine.grace_end(source).has_value());
    }
  }
}

TEST_CASE("equal results that confirm the committed state do not count for later") {
  // After a commit the count starts again, so a fourth "h" is the first of the
  // next three; one other result still resets it.
  const auto source = source_of(health_kind::binary_extension, 3);
  health_machine machine;
  CHECK(run(machine, source, "hhhhhuhuuhuuu") == "iihhhhhhhhhhu");
}

TEST_CASE("a thousand equal results in a row can be asked for") {
  const auto source = source_of(health_kind::command, 1'000);
  health_machine machine;
  CHECK(run(machine, source, std::string(999, 'h')) == std::string(999, 'i'));
  CHECK(run(machine, source, "h") == "h");
  CHECK(run(machine, source, std::string(999, 'u')) == std::string(999, 'h'));
  CHECK(run(machine, source, "u") == "u");
}

TEST_CASE("only the rich extension has a grace period when it starts afresh") {
  for (const auto kind : all_kinds) {
    if (kind == health_kind::rich_extension)
      continue;
    auto source = source_of(kind, 3);
    source.grace_period = 10min;
    auto machine = health_machine::fresh(source, instant{});
    CHECK_FALSE(machine.grace_end(source).has_value());
    CHECK(run(machine, source, "uuu") == "iiu");
  }
  const auto without = rich(3, 0s);
  auto machine = health_machine::fresh(without, instant{});
  CHECK_FALSE(machine.grace_end(without).has_value());
  CHECK(run(machine, without, "???") == "ii?");
}

TEST_CASE("the end of the grace period is known while it runs") {
  const auto source = rich(2, 60s);
  auto machine = health_machine::fresh(source, instant{10s});
  CHECK(machine.committed() == health_state::initializing);
  CHECK(machine.grace_end(source) == instant{70s});
  CHECK(run(machine, source, "h", instant{15s}) == "i");
  CHECK(machine.grace_end(source) == instant{70s});
  CHECK(run(machine, source, "h", instant{20s}) == "h");
  CHECK_FALSE(machine.grace_end(source).has_value());
}

TEST_CASE("N healthy or N unhealthy answers end the grace period over HTTP") {
  const row rows[] = {
    {1, "h", "h"},           {1, "u", "u"},           {3, "hhh", "iih"},
    {3, "uuu", "iiu"},       {3, "uuhhh", "iiiih"},   {3, "hh?hhh", "iiiiih"},
    {3, "??????", "iiiiii"}, {2, "????uu", "iiiiiu"}, {3, "hhhuuu", "iihhhu"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.raws);
    const auto source = rich(x.probes, 10min);
    auto machine = health_machine::fresh(source, instant{});
    CHECK(run(machine, source, x.raws) == x.committed);
  }
}

TEST_CASE("only N healthy handshakes end the grace period over TCP") {
  const row rows[] = {
    {1, "h", "h"},           {1, "uuu", "iii"},         {3, "hhh", "iih"},
    {3, "uuuuuu", "iiiiii"}, {2, "uuuhuhh", "iiiiiih"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.raws);
    const auto source = rich(x.probes, 10min, probe_protocol::tcp);
    auto machine = health_machine::fresh(source, instant{});
    CHECK(run(machine, source, x.raws) == x.committed);
  }
}

TEST_CASE("a grace period that runs out commits the expiry state at once") {
  struct expiry {
    probe_protocol protocol;
    std::uint32_t probes;
    std::string_view raws;
    std::string_view committed;
  };
  // Grace 15 s, probes at 0, 5, 10, 15 … s: the fourth probe is at the end.
  const expiry rows[] = {
    {probe_protocol::http, 3, "h?h", "iii"},
    {probe_protocol::http, 3, "????", "iii?"},
    {probe_protocol::http, 5, "hhhh", "iii?"},
    {probe_protocol::https, 5, "uuuu", "iii?"},
    {probe_protocol::tcp, 5, "hhhh", "iiiu"},
    {probe_protocol::tcp, 3, "uuuu", "iiiu"},
    // Expiry is tested first: it wins against the Nth good probe.
    {probe_protocol::http, 4, "hhhh", "iii?"},
    {probe_protocol::http, 3, "?hhh", "iii?"},
    {probe_protocol::tcp, 4, "hhhh", "iiiu"},
    {probe_protocol::http, 1, "???h", "iii?"},
    {probe_protocol::tcp, 1, "uuuh", "iiiu"},
    // One probe earlier is early enough.
    {probe_protocol::http, 3, "hhhu", "iihh"},
    {probe_protocol::tcp, 3, "hhhu", "iihh"},
    // Afterwards N equal results in a row are needed again; the healthy answers
    // seen before the end are forgotten.
    {probe_protocol::http, 3, "???hhhh", "iii???h"},
    {probe_protocol::http, 3, "????hhh", "iii???h"},
    {probe_protocol::http, 3, "????hhuhhh", "iii??????h"},
    {probe_protocol::http, 3, "????uuu", "iii???u"},
    {probe_protocol::tcp, 2, "uuuuhh", "iiiuuh"},
    {probe_protocol::http, 1, "????hu", "iii?hu"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.raws);
    CAPTURE(x.probes);
    const auto source = rich(x.probes, 15s, x.protocol);
    auto machine = health_machine::fresh(source, instant{});
    CHECK(run(machine, source, x.raws) == x.committed);
  }
}

TEST_CASE("the grace period is measured from the fresh start") {
  const auto source = rich(3, 15s);
  auto machine = health_machine::fresh(source, instant{100s});
  CHECK(run(machine, source, "?", instant{114s}) == "i");
  CHECK(run(machine, source, "?", instant{115s}) == "?");
  CHECK_FALSE(machine.grace_end(source).has_value());
}

TEST_CASE("a first answer after the grace period commits the expiry state") {
  const auto source = rich(3, 15s);
  auto machine = health_machine::fresh(source, instant{});
  CHECK(run(machine, source, "h", instant{1h}) == "?");
}

TEST_CASE("a result that says initializing counts for nothing") {
  const auto source = source_of(health_kind::command, 2);
  health_machine machine;
  CHECK(run(machine, source, "h") == "i");
  CHECK(machine.next(source, health_state::initializing, instant{})
        == health_state::initializing);
  CHECK(run(machine, source, "h") == "h");
}
