// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#ifdef __SANITIZE_THREAD__
/// libuv closes descriptors where the sanitizer does not see it, so that their
/// numbers seem to be in use by two threads.
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libuv.so\n";
}
#endif

namespace drydock::test {

temporary_folder::temporary_folder() {
  std::string name =
    (std::filesystem::temp_directory_path() / "drydock-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    std::abort();
  path_ = name;
}

temporary_folder::~temporary_folder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

std::string temporary_folder::path(const std::string& name) const {
  return (path_ / name).string();
}

std::string temporary_folder::script(const std::string& name,
                                     const std::string& text) const {
  auto file = path_ / name;
  std::ofstream(file) << "#!/bin/sh\n" << text << '\n';
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return "./" + name;
}

std::string temporary_folder::read(const std::string& name) const {
  std::ifstream file(path_ / name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool temporary_folder::has(const std::string& name) const {
  return std::filesystem::exists(path_ / name);
}

bool eventually(const std::function<bool()>& x) {
  auto end = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < end) {
    if (x())
      return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return x();
}

bool is_alive(const std::string& pid) {
  std::ifstream file("/proc/" + std::to_string(std::atoi(pid.c_str())) + "/stat");
  std::string text;
  std::getline(file, text);
  auto name_end = text.rfind(')');
  return name_end != std::string::npos && text.size() > name_end + 2
         && text[name_end + 2] != 'Z';
}

std::shared_ptr<engine::fleet> make_fleet(std::size_t count) {
  auto result = std::make_shared<engine::fleet>();
  for (std::size_t i = 0; i < count; ++i) {
    engine::instance_spec spec;
    spec.id = "web-" + std::to_string(i);
    result->add(spec);
  }
  return result;
}

void probe_recorder::answered(std::vector<protocol::probe_answer> answers) {
  batches_.push(answers.size());
  for (auto& x : answers)
    answers_.push(x);
}

std::vector<protocol::probe_answer> probe_recorder::wait(std::size_t count) {
  auto result = answers_.wait(count);
  std::sort(result.begin(), result.end(),
            [](const auto& a, const auto& b) { return a.instance < b.instance; });
  return result;
}

} // namespace drydock::test
