// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image_memory.hpp"
#include "json_output.hpp"

#include "drydock/engine/keeper.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

/// What is kept beside a fleet file for watches and those who ask about them.
namespace drydock::cli {

/// What `FILE.watch.json` holds. A run writes it whose image is `latest`, and a watch.
struct watch_record {
  /// The version of the image that the fleet was last brought to; empty: not known.
  std::string image;
  /// The image that was tried last, and the one that was rejected last: neither is
  /// tried by itself.
  std::string tried = {};
  std::string rejected = {};
  /// The versions of those that have another image than the rest, as theirs was given
  /// back to them; by id.
  image_versions own_images = {};
  /// The image whose upgrade waits for an approval, and since when (ISO 8601).
  std::optional<std::string> pending;
  std::string pending_since;
  /// The last image upgrades, newest first: objects as Azure's `osUpgradeHistory` has
  /// them.
  json history = json::array();
};

/// How many image upgrades are remembered.
inline constexpr std::size_t image_history_max = 5;

/// The record of a fleet file; that there is none is no error. Else why it cannot be
/// read, as a sentence for people.
[[nodiscard]] std::variant<watch_record, std::string>
read_watch_record(const std::filesystem::path& file);

/// Puts it in place of the one before; says why it did not work out.
[[nodiscard]] std::optional<std::string>
write_watch_record(const std::filesystem::path& file, const watch_record& x);

/// An image upgrade that has ended.
struct image_upgrade {
  const config::fleet_file& file;
  const engine::upgrade_report& report;
  const summary_facts& facts;
  engine::upgrade_cause cause = engine::upgrade_cause::request;
};

/// Adds it, and forgets the oldest one where there are too many. The fleet was brought
/// to it if nobody was left out, and nothing waits any more.
void add_image_upgrade(watch_record& to, const image_upgrade& x);

/// Puts down who has another image than the rest, which has `image`, or where that is
/// empty what the record says; those that have the same are left out of `own`. Says why
/// it did not work out.
[[nodiscard]] std::optional<std::string>
keep_own_images(const std::filesystem::path& file, image_versions& own,
                const std::string& image);

/// A word for whoever watches a fleet file: an upgrade to a newer image may begin, or
/// may not.
struct image_word {
  std::string version;
  bool approved = true;
  std::string by;
};

/// Leaves the word where the watch finds it (`FILE.approve.json`); one that was not
/// taken yet is replaced. Says why it did not work out.
[[nodiscard]] std::optional<std::string>
leave_image_word(const std::filesystem::path& file, const image_word& x);

/// Takes the word, if there is one; it is gone then. What is no word is none.
[[nodiscard]] std::optional<image_word>
take_image_word(const std::filesystem::path& file);

} // namespace drydock::cli
