// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "event_json.hpp"

#include "drydock/rehearsal/learn.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>

namespace drydock::cli {

namespace {

/// Goes through one file; false: it is wrong, and that was said.
class file_reading {
public:
  file_reading(std::istream& in, std::string name, const std::string& scale_set,
               rehearsal::learner& to)
    : in_(in), name_(std::move(name)), scale_set_(scale_set), to_(to) {}

  bool run() {
    to_.begin_file();
    std::string line;
    errno = 0;
    for (std::uint64_t number = 1; std::getline(in_, line); ++number) {
      const auto fate = fate_of_line(line, scale_set_);
      if (fate == line_fate::skip)
        continue;
      const auto problem = fate == line_fate::refuse
                             ? std::optional<std::string>(several_in_events)
                             : to_.take(line);
      if (!problem)
        continue;
      const auto place = name_ + ":" + std::to_string(number);
      // A run that died in the middle of a line left no line end.
      if (in_.eof()) {
        std::cerr << place
                  << ": warning: the last line is cut short and left out; the "
                     "run seems to have died\n";
        break;
      }
      std::cerr << place << ": error: " << *problem << '\n';
      return false;
    }
    return !in_.bad() || complain_of_reading();
  }

private:
  [[nodiscard]] bool complain_of_reading() const {
    refuse(name_, "cannot be read to its end (" + std::string(std::strerror(errno))
                    + "); give events files");
    return false;
  }

  std::istream& in_;
  std::string name_;
  const std::string& scale_set_;
  rehearsal::learner& to_;
};

bool read_file(const std::string& name, const std::string& scale_set,
               rehearsal::learner& to) {
  if (name == "-")
    return file_reading(std::cin, "standard input", scale_set, to).run();
  std::ifstream in(name, std::ios::binary);
  if (!in) {
    refuse(name, "cannot be read (" + std::string(std::strerror(errno))
                   + "); name a file that `drydock run --events FILE` wrote");
    return false;
  }
  return file_reading(in, name, scale_set, to).run();
}

} // namespace

int learn_command(const std::vector<std::string>& files, const std::string& scale_set) {
  rehearsal::learner learner;
  auto good = true;
  for (const auto& name : files)
    good = read_file(name, scale_set, learner) && good;
  if (!good)
    return exit_refused;
  const auto lessons = learner.learn();
  if (lessons.attempts == 0) {
    std::cerr << "drydock: error: no action came to an end in these files, so there is "
                 "nothing to learn; give the events of runs that upgraded instances\n";
    return exit_refused;
  }
  std::cout << rehearsal::to_toml(lessons);
  return deliver(exit_done);
}

} // namespace drydock::cli
