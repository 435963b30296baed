// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

using namespace drydock;
using namespace drydock::config::test;
using namespace std::chrono_literals;

namespace {

const std::string azure = R"([scale_set]
name = "web"
compatibility = "azure"
[scale_set.instances]
count = 4
)" + driver;

std::string extension(const std::string& base, const std::string& keys) {
  return base
         + "[health.application_health_extension]\nstates = \"rich\"\n"
           "protocol = \"http\"\nrequest_path = \"/\"\n"
         + keys;
}

struct row {
  std::string keys;
  const char* error; // empty: loads
};

void check_rows(const std::string& base, const std::vector<row>& rows) {
  for (const auto& x : rows) {
    CAPTURE(x.keys);
    const auto text = extension(base, x.keys);
    CAPTURE(all_errors(text));
    if (*x.error == '\0')
      CHECK(loads(text));
    else
      CHECK(has_error(text, x.error));
  }
}

} // namespace

TEST_CASE("health has the ranges of extended compatibility") {
  check_rows(
    minimal,
    {{"interval = \"49ms\"\n", "interval is 49ms; it must be from 50ms to 1h"},
     {"interval = \"50ms\"\n", ""},
     {"interval = \"1h\"\n", ""},
     {"interval = \"3601s\"\n", "interval is 1h1s; it must be from 50ms to 1h"},
     {"number_of_probes = 0\n", "number_of_probes is 0; it must be from 1 to 1000"},
     {"number_of_probes = 1\n", ""},
     {"number_of_probes = 1000\n", ""},
     {"number_of_probes = 1001\n",
      "number_of_probes is 1001; it must be from 1 to 1000"},
     {"grace_period = \"0s\"\n", ""},
     {"grace_period = \"24h\"\n", ""},
     {"grace_period = \"86401s\"\n",
      "grace_period is 24h1s; it must be from 0s to 24h"},
     {"timeout = \"0s\"\n", "timeout is 0s; it must be longer than 0s"},
     {"timeout = \"1ms\"\n", ""}});
}

TEST_CASE("health has Azure's ranges in azure compatibility") {
  check_rows(
    azure,
    {{"interval = \"4s\"\n",
      "interval is 4s; it must be from 5s to 1m with compatibility \"azure\""},
     {"interval = \"5s\"\n", ""},
     {"interval = \"60s\"\n", ""},
     {"interval = \"61s\"\n", "interval is 1m1s; it must be from 5s to 1m"},
     {"number_of_probes = 0\n", "number_of_probes is 0; it must be from 1 to 24 with"},
     {"number_of_probes = 24\n", ""},
     {"number_of_probes = 25\n", "number_of_probes is 25; it must be from 1 to 24"},
     {"interval = \"10s\"\nnumber_of_probes = 24\n", ""},
     {"interval = \"60s\"\nnumber_of_probes = 4\n", ""},
     {"interval = \"11s\"\nnumber_of_probes = 22\n",
      "interval × number_of_probes is 242s; it must be 240s or less with compatibility "
      "\"azure\""},
     {"grace_period = \"4s\"\n", "grace_period is 4s; it must be from 5s to 4h"},
     {"grace_period = \"5s\"\n", ""},
     {"grace_period = \"14400s\"\n", ""},
     {"grace_period = \"14401s\"\n",
      "grace_period is 4h1s; it must be from 5s to 4h"}});
}

TEST_CASE("the same ranges hold for load balancer probes and commands") {
  const std::string probe =
    "[health.load_balancer_probe]\nprotocol = \"tcp\"\nport = 1\n";
  CHECK(loads(azure + probe + "probe_threshold = 16\n"));
  CHECK(has_error(azure + probe + "probe_threshold = 17\n",
                  "interval × probe_threshold is 255s; it must be 240s or less"));
  CHECK(has_error(azure + probe + "interval = \"4s\"\n", "interval is 4s"));
  CHECK(has_error(minimal + probe + "probe_threshold = 0\n", "probe_threshold is 0"));
  CHECK(loads(azure + "[health.command]\nargv = [\"a\"]\n"));
  CHECK(has_error(azure + "[health.command]\nargv = [\"a\"]\nnumber_of_probes = 25\n",
                  "number_of_probes is 25"));
}

TEST_CASE("a grace period is for the rich extension only") {
  const std::string binary =
    "[health.application_health_extension]\nprotocol = \"http\"\n"
    "request_path = \"/\"\ngrace_period = ";
  CHECK(has_error(azure + binary + "\"1m\"\n",
                  "grace_period is for states = \"rich\" only"));
  CHECK(loads(minimal + binary + "\"1m\"\n"));
  CHECK(has_error(minimal + binary + "\"25h\"\n", "grace_period is 25h"));
}

TEST_CASE("azure wants a probe's protocol named, and http's path") {
  const auto with = [&](const std::string& keys) {
    return azure + "[health.application_health_extension]\n" + keys;
  };
  CHECK(has_error(with(""), "missing key \"protocol\""));
  CHECK(has_error(with("protocol = \"http\"\n"), "missing key \"request_path\""));
  CHECK(has_error(with("protocol = \"https\"\n"), "missing key \"request_path\""));
}

TEST_CASE("a probe's protocol, path and port are checked") {
  for (const char* table : {"application_health_extension", "load_balancer_probe"}) {
    const auto with = [&](const std::string& keys) {
      return minimal + "[health." + table + "]\n" + keys;
    };
    CHECK(loads(with("")));
    CHECK(loads(with("protocol = \"https\"\n")));
    CHECK(has_error(with("protocol = \"udp\"\n"),
                    "protocol is \"udp\"; it must be \"http\", \"https\" or \"tcp\""));
    CHECK(has_error(with("protocol = \"http\"\nrequest_path = \"x\"\n"),
                    "request_path is \"x\"; it must begin with \"/\""));
    CHECK(has_error(with("protocol = \"tcp\"\nport = 1\nrequest_path = \"/\"\n"),
                    "request_path is not for tcp"));
    CHECK(loads(with("protocol = \"tcp\"\nport = 1\n")));
    CHECK(loads(with("protocol = \"tcp\"\nport = 65535\n")));
    CHECK(has_error(with("protocol = \"tcp\"\nport = 0\n"),
                    "port is 0; it must be from 1 to 65535"));
    CHECK(has_error(with("protocol = \"tcp\"\nport = 65536\n"), "port is 65536"));
  }
}

TEST_CASE("a tcp probe needs a port unless every instance has one") {
  const std::string tcp =
    driver + "[health.application_health_extension]\nprotocol = \"tcp\"\n";
  CHECK(has_error(head + tcp, "missing key \"port\"; a tcp probe needs one"));
  CHECK(loads(head + "port = 80\n" + tcp));
  CHECK(has_error(head + "port = 80\n[[scale_set.instance]]\nid = \"x\"\n" + tcp,
                  "missing key \"port\""));
}

TEST_CASE("a health command is checked when the file is read") {
  const std::string check = minimal + "[health.command]\n";
  CHECK(has_error(check, "7:1: error: missing key \"argv\""));
  CHECK(has_error(check + "argv = []\n", "argv must name a program"));
  CHECK(has_error(check + "argv = [\"a\", \"{instance.ip}\"]\n",
                  "8:14: error: argv has an unknown placeholder: {instance.ip}"));
  CHECK(has_error(check + "argv = [\"{key}\"]\n",
                  "argv has an unknown placeholder: {key}; only actions and hooks"));
  CHECK(loaded(check + "argv = [\"a\", \"{model.image.version}\"]\n").health.argv.size()
        == 2);
}

TEST_CASE("two health sources are both named to admission") {
  const auto result = drydock::config::parse(
    minimal + "[health.command]\nargv = [\"a\"]\n", "f", refuse_to_run);
  const auto& file = std::get<drydock::config::fleet_file>(result);
  CHECK(file.request.health_sources
        == std::vector<engine::health_kind>{engine::health_kind::command});
}

namespace {

/// A rolling upgrade, whose change is `change`; the next line is the fourteenth.
std::string rolling(const std::string& change,
                    const std::string& table = "application_health_extension") {
  return minimal + "[scale_set.model]\nvm_size = \"a\"\n[change]\n" + change
         + "\n[upgrade_policy]\nmode = \"rolling\"\n[health." + table + "]\n";
}

const std::string forty = "interval = \"10s\"\nnumber_of_probes = 40\n";

} // namespace

TEST_CASE("probes that no instance can answer in time are an error") {
  const auto restart = rolling("vm_size = \"b\"");
  CHECK(loads(restart + "interval = \"10s\"\nnumber_of_probes = 31\n"));
  CHECK(all_errors(restart + "interval = \"10s\"\nnumber_of_probes = 32\n")
        == "15:1: error: no instance can be healthy in time after its action: "
           "number_of_probes = 32 at an interval of 10s take 310s at least, and "
           "health_timeout is 300s; raise health_timeout or lower number_of_probes or "
           "interval\n");
  CHECK(
    loads(restart + forty + "[upgrade_policy.rolling]\nhealth_timeout = \"390s\"\n"));
  CHECK(
    has_error(restart + forty + "[upgrade_policy.rolling]\nhealth_timeout = \"389s\"\n",
              "15:1: error: no instance can be healthy in time"));
  CHECK(loads(restart + forty + "states = \"rich\"\n")); // with its grace period
  CHECK(has_error(restart + forty + "states = \"rich\"\ngrace_period = \"390s\"\n",
                  "or grace_period above 390s"));
  CHECK(loads(restart + "interval = \"1h\"\n"));
  const auto hours = errors(restart + "interval = \"1h\"\nnumber_of_probes = 2\n");
  REQUIRE(hours.size() == 2);
  CHECK(hours[0].starts_with("15:1: error: no instance can be healthy in time"));
  CHECK(hours[1].starts_with("15:1: error: the first check can never be made"));
}

TEST_CASE("probes are slow for some changes only") {
  CHECK(loads(rolling("user_data = \"b\"") + forty)); // one more probe is enough
  CHECK(loads(rolling("") + forty));
  CHECK(has_error(rolling("user_data = \"b\"") + forty
                    + "[upgrade_policy.rolling]\nmax_surge = true\n",
                  "no instance can be healthy in time"));
  CHECK(has_error(rolling("capacity = 6") + forty, "no instance can be healthy"));
  CHECK(loads(rolling("capacity = 3") + forty));
  CHECK(has_error(rolling("capacity = 3") + "interval = \"1h\"\nnumber_of_probes = 2\n",
                  "15:1: error: the first check can never be made"));
}

TEST_CASE("slow probes are told at the key that says how many there are") {
  CHECK(has_error(rolling("vm_size = \"b\"", "command") + forty + "argv = [\"a\"]\n",
                  "15:1: error: no instance can be healthy in time"));
  auto uniform = rolling("vm_size = \"b\"", "load_balancer_probe");
  uniform.insert(uniform.find("[scale_set.instances]"),
                 "orchestration_mode = \"uniform\"\n");
  CHECK(loads(uniform + "probe_threshold = 21\n"));
  CHECK(has_error(uniform + "probe_threshold = 22\n",
                  "15:1: error: no instance can be healthy in time after its action: "
                  "probe_threshold = 22 at an interval of 15s take 315s"));
  const std::vector<config::setting> settings{
    {"health.application_health_extension.number_of_probes", "40"}};
  const auto result = config::parse(rolling("vm_size = \"b\"") + "interval = \"10s\"\n",
                                    "f", refuse_to_run, settings);
  const auto* found = std::get_if<std::vector<config::diagnostic>>(&result);
  REQUIRE(found != nullptr);
  CHECK(
    to_string(found->front())
      .starts_with("health.application_health_extension.number_of_probes=40: error: "
                   "no instance can be healthy in time"));
}
