// SPDX-License-Identifier: Apache-2.0
#include "whole_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <unistd.h>

using namespace drydock::cli;

namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

} // namespace

TEST_CASE("a file is written whole, and nothing beside it stays") {
  const auto folder = std::filesystem::temp_directory_path()
                      / ("drydock-whole-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const auto path = folder / "file.json";
  CHECK_FALSE(write_whole(path.string(), "one and more"));
  CHECK_FALSE(write_whole(path.string(), "two"));
  CHECK(contents(path) == "two");
  CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 1);
  const auto why = write_whole((folder / "nowhere" / "x").string(), "text");
  REQUIRE(why);
  CHECK(why->find("cannot write ") == 0);
  CHECK(why->find("No such file") != std::string::npos);
  CHECK(contents(path) == "two");
  std::filesystem::remove_all(folder);
}
