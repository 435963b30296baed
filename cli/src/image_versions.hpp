// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "signals.hpp"

#include "drydock/config/fleet_file.hpp"

#include <string>
#include <variant>

namespace drydock::cli {

/// What was found out about the newest image.
struct newest_image {
  /// Its version; empty: it could not be found out.
  std::string version;
  /// Why not, as a sentence for people.
  std::string problem;
};

/// Asks which version `latest` is: the file's `latest_image` command, or the simulated
/// images, of which those count that are published `since_start`. Blocks; a signal ends
/// the command.
[[nodiscard]] newest_image find_newest_image(const config::fleet_file& file,
                                             engine::duration since_start,
                                             signal_watch& signals);

/// Puts versions in the places of `latest`: `newest` in that of the model that the
/// instances are to have. Where the one that they have says `latest`, too, it is
/// `known`, or `newest` where nothing is known.
void settle_images(config::fleet_file& file, const std::string& newest,
                   const std::string& known);

/// For a run of the file: finds out which version `latest` is, where the file asks for
/// it, and puts it in. `begun_with` is the version that an upgrade that is gone on with
/// began with; empty: there is none. Says why it did not work out.
[[nodiscard]] std::optional<std::string>
settle_images_of_run(config::fleet_file& file, const std::string& begun_with,
                     signal_watch& signals);

} // namespace drydock::cli
