// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace drydock::inline v1::engine {

/// An instance's position in its scale set: creation order, from 0.
using instance_index = std::uint32_t;

/// One instance as a user describes it.
struct instance_spec {
  /// Its name; unique in the set.
  std::string id = {};
  /// Empty: none (a regional set).
  std::string zone = {};
  /// Batches do not span update domains; nothing: it has none.
  std::optional<std::uint32_t> update_domain = {};
  /// Where probes reach it: a host's name or an IP address.
  std::string address = "127.0.0.1";
  /// 0: none given.
  std::uint16_t port = 0;
  /// The user's own values for command templates.
  std::map<std::string, std::string, std::less<>> vars = {};
  /// Upgrades leave it out, but for manual ones that name it.
  bool protect_from_scale_set_actions = false;
  /// Azure's other protection; upgrades pay no heed to it.
  bool protect_from_scale_in = false;
  /// It runs the latest model already.
  bool latest_model_applied = false;
};

/// What becomes known of an instance when it is made; it holds instead of what its
/// `instance_spec` says.
struct instance_details {
  /// Nothing: as before.
  std::optional<std::string> address = {};
  /// Nothing: as before.
  std::optional<std::uint16_t> port = {};
  /// Each over the one of the same name.
  std::map<std::string, std::string, std::less<>> vars = {};
};

/// The instances of one scale set, held in columns: some 30 bytes each besides
/// the identity, so that a million of them fit a small machine. Const access is
/// safe from any number of threads.
class fleet {
public:
  /// What `zone` says of an instance without one.
  static constexpr std::uint16_t no_zone = UINT16_MAX;
  /// What `update_domain` says of an instance without one.
  static constexpr std::uint32_t no_update_domain = UINT32_MAX;

  /// An empty fleet.
  fleet() = default;

  /// An empty fleet over `zones`, whose order is the order of upgrades.
  explicit fleet(std::vector<std::string> zones) : zones_(std::move(zones)) {}

  /// Adds an instance at the end and returns its position. A zone that is not
  /// on the list is added to it, 65 535 zones at most.
  instance_index add(const instance_spec& spec);

  /// Adds to every instance a position for one that may replace it, once. It has the
  /// instance's zone and update domain, and all of `specs[i]` but those. `specs` has
  /// one for each instance. Nothing but arrivals is added after this.
  void add_replacements(const std::vector<instance_spec>& specs);

  /// Adds a position for an instance that may be made beside all others, and returns
  /// it. Its zone is one of `zones()`. Nothing but further ones is added after this.
  instance_index add_arrival(const instance_spec& spec);

  /// The number of instances; their positions are below it.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The number of positions, those of replacements and arrivals included.
  [[nodiscard]] std::size_t positions() const { return zone_.size(); }
  /// Whether `add_replacements` was called, so that `replacement_of` is a position.
  [[nodiscard]] bool has_replacements() const { return first_arrival() > size(); }
  /// Where the replacement of instance `i` is.
  [[nodiscard]] instance_index replacement_of(instance_index i) const {
    return i + static_cast<instance_index>(size_);
  }
  /// Whether the position is one of a replacement.
  [[nodiscard]] bool is_replacement(instance_index i) const {
    return i >= size_ && i < first_arrival();
  }
  /// Whom the replacement at position `i` replaces.
  [[nodiscard]] instance_index replaced_by(instance_index i) const {
    return i - static_cast<instance_index>(size_);
  }
  /// The number of positions that `add_arrival` added; they are the last.
  [[nodiscard]] std::size_t arrivals() const { return arrivals_; }
  /// The first of them.
  [[nodiscard]] instance_index first_arrival() const {
    return static_cast<instance_index>(positions() - arrivals_);
  }
  /// Whether the position is one of an arrival.
  [[nodiscard]] bool is_arrival(instance_index i) const { return i >= first_arrival(); }
  /// Whether nobody is at the position before somebody is made there.
  [[nodiscard]] bool is_beyond(instance_index i) const { return i >= size_; }
  /// Names of zones, in the order of upgrades.
  [[nodiscard]] const std::vector<std::string>& zones() const { return zones_; }

  /// `instance_spec::id`; valid until an instance is added or the fleet is gone.
  [[nodiscard]] std::string_view id(instance_index i) const {
    const auto begin = i == 0 ? std::uint64_t{0} : id_end_[i - 1];
    return {id_text_.data() + begin, static_cast<std::size_t>(id_end_[i] - begin)};
  }
  /// Position on `zones()`, or `no_zone`.
  [[nodiscard]] std::uint16_t zone(instance_index i) const { return zone_[i]; }
  /// The zone's name; empty where there is none.
  [[nodiscard]] std::string_view zone_name(instance_index i) const;
  /// The number given, or `no_update_domain`.
  [[nodiscard]] std::uint32_t update_domain(instance_index i) const {
    return update_domain_[i];
  }
  /// `instance_spec::address`.
  [[nodiscard]] const std::string& address(instance_index i) const {
    return addresses_[address_[i]];
  }
  /// `instance_spec::port`; 0: none given.
  [[nodiscard]] std::uint16_t port(instance_index i) const { return port_[i]; }
  /// `instance_spec::protect_from_scale_set_actions`.
  [[nodiscard]] bool protected_from_actions(instance_index i) const {
    return (flags_[i] & protected_actions) != 0;
  }
  /// `instance_spec::protect_from_scale_in`.
  [[nodiscard]] bool protected_from_scale_in(instance_index i) const {
    return (flags_[i] & protected_scale_in) != 0;
  }
  /// Whether it runs the latest model already.
  [[nodiscard]] bool latest_model_applied(instance_index i) const {
    return (flags_[i] & latest_model) != 0;
  }
  /// Says whether it runs the latest model.
  void set_latest_model_applied(instance_index i, bool x);

  /// The user's value `name` for instance `i`, or null.
  [[nodiscard]] const std::string* var(instance_index i, std::string_view name) const;

  /// All that is known of instance `i`.
  [[nodiscard]] instance_spec spec(instance_index i) const;

  /// The position of the instance called `id`, replacements included; linear in N.
  [[nodiscard]] std::optional<instance_index> find(std::string_view id) const;

private:
  enum flag : std::uint8_t {
    protected_actions = 1,
    protected_scale_in = 2,
    latest_model = 4
  };

  void append(const instance_spec& spec, std::uint16_t zone,
              std::uint32_t update_domain);

  [[nodiscard]] std::uint16_t zone_of(const instance_spec& spec);

  std::size_t size_ = 0;
  std::size_t arrivals_ = 0;
  std::vector<std::string> zones_;
  std::string id_text_;
  std::vector<std::uint64_t> id_end_;
  std::vector<std::uint16_t> zone_;
  std::vector<std::uint16_t> port_;
  std::vector<std::uint32_t> update_domain_;
  std::vector<std::uint32_t> address_;
  std::vector<std::uint8_t> flags_;
  std::vector<std::string> addresses_;
  std::unordered_map<std::string, std::uint32_t> address_positions_;
  std::unordered_map<instance_index, std::map<std::string, std::string, std::less<>>>
    vars_;
};

} // namespace drydock::inline v1::engine
