// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/image_upgrade.hpp"
#include "drydock/engine/report.hpp"
#include "drydock/engine/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace drydock::inline v1::engine {

/// Why a watch starts an upgrade.
enum class upgrade_cause : std::uint8_t {
  /// Somebody lagged when the watch began.
  start,
  /// The fleet file asks for another model.
  file,
  /// Somebody asked for another try (SIGHUP).
  request,
  /// There is a newer image.
  image,
};

/// As it is written here: `image`.
[[nodiscard]] std::string_view to_string(upgrade_cause x);

/// Azure's `startedBy`: `Platform` for what begins by itself, else `User`.
[[nodiscard]] std::string_view started_by(upgrade_cause x);

/// `model` with the capacity of `from`, or without one, as that.
[[nodiscard]] value with_capacity_of(value model, const value& from);

/// Whether two models differ in `capacity` at most, of which instances have nothing.
[[nodiscard]] bool same_but_capacity(const value& a, const value& b);

/// Decides when a watched fleet is upgraded; everything else is left to the upgrade.
/// Models may have `image.version` `latest`, which stands for whichever version is
/// handed in as the newest one. Not thread safe. Source of the rules:
/// docs/semantics.md, sections 8 and 11.
class keeper {
public:
  /// What comes next; nothing: the fleet is kept as it is.
  using next_upgrade = std::optional<upgrade_cause>;

  /// What is known when a watch begins.
  struct beginning {
    /// What the file asks for, as it is written there.
    value model;
    /// How upgrades go.
    upgrade_mode mode = upgrade_mode::rolling;
    /// What `latest` is now; empty where nothing asks for it.
    std::string newest = {};
    /// The version of the image that the fleet was brought to before; empty: not known.
    std::string image = {};
    /// Somebody says who has the latest model …
    bool knows = false;
    /// … and of those that may be touched somebody has not, whichever of its images
    /// `latest` is taken for.
    bool lags = false;
    /// The file's capacity has instances to be made or deleted.
    bool scales = false;
  };

  /// The watch begins, with no upgrade under way.
  [[nodiscard]] next_upgrade begin(const beginning& x);

  /// An upgrade that was cut short, and has been brought to its end.
  struct cut_short {
    value target;
    /// What the fleet had before.
    value previous;
    upgrade_status status = upgrade_status::completed;
    bool any_failed = false;
    /// It was not to upgrade anybody.
    bool only_capacity = false;
  };

  /// The same after an upgrade that was cut short has been brought to its end: it is
  /// not begun again, but the file may ask for another model or capacity now. `scales`
  /// as where nothing was cut short.
  [[nodiscard]] next_upgrade begin_after(cut_short past, const value& model,
                                         upgrade_mode mode, bool scales = false);

  /// Whether what the file asks for matters at all, so that the newest image has to be
  /// known. A change of capacity alone is for the image that the fleet has. `asked`:
  /// somebody asked for another try.
  [[nodiscard]] bool is_concerned(const value& model, bool asked) const;

  /// The file was read (anew). `scales`: by what it says now, and who is there, there
  /// are instances to be made or deleted.
  [[nodiscard]] next_upgrade take_file(const value& model, upgrade_mode mode,
                                       const std::string& newest, bool asked,
                                       bool scales = false);

  /// Somebody looked for the newest image.
  [[nodiscard]] next_upgrade take_image(const std::string& newest,
                                        const automatic_os_upgrade& how);

  /// Somebody agrees to an upgrade to this image that waits for it, or does not: then
  /// the version is passed over. About another version nothing happens.
  [[nodiscard]] next_upgrade take_word(const std::string& version, bool approved);

  /// What is known of images from before, each empty where it is not: the one of the
  /// last upgrade to another one, which is not tried again by itself, and the last one
  /// that was rejected.
  void remember_images(std::string tried, std::string rejected);
  /// An image waits for a word, as it did before.
  void await_word(std::string version) { pending_ = std::move(version); }
  /// The image of the last upgrade to another one; may be empty.
  [[nodiscard]] const std::string& tried_image() const { return tried_; }
  /// The last image that was rejected; may be empty.
  [[nodiscard]] const std::string& rejected_image() const { return rejected_; }
  /// The image that the fleet has, but for those that failed; empty: not known.
  [[nodiscard]] std::string fleet_image() const;

  /// Which version `latest` is in an upgrade that begins for another reason than a
  /// newer image. Where newer ones begin upgrades by themselves it is the fleet's, if
  /// the newest one was rejected or has to be approved, and at the start also if it was
  /// tried. `newest` is known, and so is the result.
  [[nodiscard]] std::string version_for(upgrade_cause cause, const std::string& newest,
                                        const automatic_os_upgrade& how) const;

  /// Whether the upgrade that was decided last is to change the capacity and upgrade
  /// nobody: the fleet has the model, or the mode is `manual`.
  [[nodiscard]] bool only_capacity() const { return only_capacity_; }

  /// The upgrade that was decided last begins, to `target`. `from`: what the fleet is
  /// taken to have; nothing: what it was last brought to. What is known of models stays
  /// as it was where only the capacity changes.
  void begun(value target, std::optional<value> from = std::nullopt);
  /// It has ended.
  void ended(upgrade_status status, bool any_failed);

  /// What the fleet was last brought to; nothing: not known.
  [[nodiscard]] const std::optional<value>& applied() const { return applied_; }
  /// Other models that some may have: those of upgrades that did not bring everybody
  /// to their end, and what the fleet had before them.
  [[nodiscard]] const std::vector<value>& others() const { return others_; }
  /// The last upgrade went to its end, or there was none.
  [[nodiscard]] bool is_settled() const { return settled_; }
  /// The image that waits for an approval; nothing: none does.
  [[nodiscard]] const std::optional<std::string>& pending_image() const {
    return pending_;
  }

private:
  [[nodiscard]] next_upgrade choose(upgrade_cause cause, bool brings, bool scales,
                                    upgrade_mode mode);
  bool assume_applied(value model);

  std::optional<value> applied_;
  std::optional<value> from_; // what the fleet had when the last upgrade began
  std::vector<value> others_;
  value target_;
  value file_; // what the file asks for, as it is written
  std::optional<std::string> pending_;
  std::string image_; // what the fleet has, where nothing else of its model is known
  std::string tried_, rejected_;
  bool settled_ = true;
  bool some_failed_ = false;
  bool only_capacity_ = false;
  bool scales_later_ = false; // once it is known which image the fleet has
};

} // namespace drydock::inline v1::engine
