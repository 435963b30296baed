// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

namespace drydock::cli {

int replay_command(const store_options&, signal_watch&) {
  return exit_died;
}

} // namespace drydock::cli
