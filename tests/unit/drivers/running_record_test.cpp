// SPDX-License-Identifier: Apache-2.0
#include "running_record.hpp"

#include "support.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace drydock;
using namespace drydock::drivers;
using drydock::test::temporary_folder;

namespace {

std::string own_stat() {
  std::ifstream file("/proc/self/stat");
  std::string result;
  std::getline(file, result);
  return result + "\n";
}

struct folder_of_records {
  temporary_folder folder;

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder.path(name)) << text;
  }
  [[nodiscard]] auto read(const std::string& text) const {
    write("x", text);
    return running_record::read(folder.path("x"));
  }
};

} // namespace

TEST_CASE("a record names instance, step and process") {
  folder_of_records f;
  const auto path = f.folder.path("web-0-reimage-1");
  const int file = running_record::open(path, running_record::header("web/0"));
  REQUIRE(file >= 0);
  const auto stat = own_stat();
  CHECK(::write(file, stat.data(), stat.size()) == static_cast<ssize_t>(stat.size()));
  ::close(file);
  const auto x = running_record::read(path);
  REQUIRE(x.has_value());
  CHECK(x->instance == "web/0");
  CHECK(x->name == "web-0-reimage-1");
  CHECK(x->path == path);
  CHECK(x->process.pid == ::getpid());
  CHECK(x->runs());
  running_record::remove(path);
  CHECK_FALSE(f.folder.has("web-0-reimage-1"));
  CHECK_FALSE(running_record::read(path).has_value());
}

TEST_CASE("a process of the same number that began at another time is another one") {
  folder_of_records f;
  auto x = f.read(running_record::header("a") + own_stat());
  REQUIRE(x.has_value());
  CHECK(x->runs());
  ++x->process.start;
  CHECK_FALSE(x->runs());
}

TEST_CASE("torn records, and those of another run of the machine, tell of nothing") {
  folder_of_records f;
  const auto header = running_record::header("a");
  CHECK_FALSE(f.read("").has_value());
  CHECK_FALSE(f.read(header).has_value());
  CHECK_FALSE(f.read(header + "12 (sh) S").has_value());
  CHECK_FALSE(f.read(header.substr(0, 10)).has_value());
  CHECK_FALSE(f.read("\na\n" + own_stat()).has_value());
  CHECK_FALSE(
    f.read("01234567-89ab-cdef-0123-456789abcdef\na\n" + own_stat()).has_value());
  // To signal process 1, or a group of that number, would end much else.
  CHECK_FALSE(
    f.read(header + "1 (init) S 0 1 1 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 5").has_value());
}

TEST_CASE("of a folder's records those that run are found, and the others taken away") {
  folder_of_records f;
  f.write("runs", running_record::header("a") + own_stat());
  f.write("torn", "x");
  const auto found = running_record::find_running(f.folder.path());
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "runs");
  CHECK(f.folder.has("runs"));
  CHECK_FALSE(f.folder.has("torn"));
  CHECK(running_record::find_running(f.folder.path("nowhere")).empty());
}

TEST_CASE("where no record can be written there is none") {
  CHECK(running_record::open("", "text") == -1);
  CHECK(running_record::open("/dev/null/x", "text") == -1);
}
