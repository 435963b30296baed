// SPDX-License-Identifier: Apache-2.0
// Gives a fuzz target the files it is named, and those of folders: what libFuzzer does
// with files, with any compiler.
#include "target.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i)
    if (std::filesystem::is_directory(argv[i])) {
      for (const auto& entry : std::filesystem::directory_iterator(argv[i]))
        files.push_back(entry.path());
    } else {
      files.emplace_back(argv[i]);
    }
  std::sort(files.begin(), files.end());
  for (const auto& path : files) {
    // Said before, so that the last line names whatever stops the program.
    std::printf("%s\n", path.filename().c_str());
    std::fflush(stdout);
    std::ifstream in(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (!in)
      return 1;
    // A copy of its own length, so that sanitizers see what reads past the end.
    const std::vector<std::uint8_t> data(bytes.begin(), bytes.end());
    LLVMFuzzerTestOneInput(data.data(), data.size());
  }
  std::printf("%zu files\n", files.size());
  return files.empty() ? 1 : 0;
}
