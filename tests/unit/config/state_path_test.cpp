// SPDX-License-Identifier: Apache-2.0
// A fleet file that is known by two names is one fleet.
#include "drydock/config/fleet_file.hpp"
#include "drydock/config/state_path.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

using namespace drydock;
using namespace drydock::config;
namespace fs = std::filesystem;

namespace {

const std::string text = R"(
[scale_set]
name = "web"
[scale_set.instances]
count = 2
[change]
tags = { a = "b" }
[driver]
kind = "command"
[driver.command]
in_place = ["./step.sh"]
)";

/// real/fleet.toml, link/web.toml, which is a link to it, and another link to that one.
struct two_names {
  two_names() {
    fs::create_directories(folder / "real");
    fs::create_directories(folder / "link");
    fs::create_directories(folder / "next");
    std::ofstream(file) << text;
    fs::create_symlink("../real/fleet.toml", link);
    fs::create_symlink("../link/web.toml", next);
    fs::create_symlink("../real/gone.toml", broken);
  }
  ~two_names() { fs::remove_all(folder); }
  two_names(const two_names&) = delete;
  two_names& operator=(const two_names&) = delete;

  [[nodiscard]] static fleet_file read(const fs::path& path,
                                       const std::string& more = "") {
    auto result = parse(text + more, path, nullptr);
    if (const auto* wrong = std::get_if<std::vector<diagnostic>>(&result))
      FAIL(to_string(wrong->front()));
    return std::get<fleet_file>(std::move(result));
  }

  // The folder of temporary files may be a link, too.
  fs::path folder = fs::canonical(fs::temp_directory_path())
                    / ("drydock-names-" + std::to_string(getpid()));
  fs::path file = folder / "real" / "fleet.toml";
  fs::path link = folder / "link" / "web.toml";
  fs::path next = folder / "next" / "prod.toml";
  fs::path broken = folder / "link" / "broken.toml";
};

const engine::command_spec& commands_of(const fleet_file& file) {
  return std::get<engine::command_spec>(file.driver);
}

} // namespace

TEST_CASE("what is kept stands beside the file itself, whatever links lead to it") {
  const two_names p;
  for (const auto& name : {p.file, p.link, p.next}) {
    CAPTURE(name);
    CHECK(real_path(name) == p.file);
    CHECK(state_path(name, ".lock") == p.file.string() + ".lock");
    CHECK(replaced_path(name) == p.file.string() + ".instances.json");
    CHECK(replaced_path(name, "a b") == p.file.string() + ".a%20b.instances.json");
  }
}

TEST_CASE("a name that is no link, or leads nowhere, is taken as it is") {
  const two_names p;
  CHECK(state_path("dir/f.toml", ".db") == "dir/f.toml.db");
  CHECK(state_path("f.toml", ".db") == "f.toml.db");
  CHECK(state_path(p.broken, ".db") == p.broken.string() + ".db");
}

TEST_CASE("store, logs and replaced instances are the same by any name of the file") {
  const two_names p;
  std::ofstream(replaced_path(p.file))
    << R"({"instances": {"web-0": {"id": "web-7", "before": {"id": "web-0"}}}})";
  for (const auto& name : {p.file, p.link, p.next}) {
    CAPTURE(name);
    const auto x = two_names::read(name);
    CHECK(x.path == name);
    CHECK(x.store.path == p.file.string() + ".db");
    CHECK(commands_of(x).log_directory == p.file.string() + ".logs");
    CHECK(x.instances.id(0) == "web-7");
    const auto own = two_names::read(name, "[store]\npath = \"web.db\"\n");
    CHECK(own.store.path == p.folder / "real" / "web.db");
  }
}

TEST_CASE("commands run in the folder of the name that was given") {
  const two_names p;
  CHECK(commands_of(two_names::read(p.file)).directory == (p.folder / "real").string());
  CHECK(commands_of(two_names::read(p.link)).directory == (p.folder / "link").string());
}
