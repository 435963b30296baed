// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "commands.hpp"

#include <CLI/CLI.hpp>

namespace drydock::cli {

/// What the command line has for `watch`.
void add_watch(CLI::App& app, watch_options& to);
/// The same for `repairs`.
void add_repairs(CLI::App& app, repairs_options& to);

} // namespace drydock::cli
