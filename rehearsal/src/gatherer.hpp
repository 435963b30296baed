// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "availability.hpp"

#include <map>
#include <tuple>

namespace drydock::inline v1::rehearsal {

/// Adds runs up, in the order of their numbers. Some 100 bytes are kept of each.
class gatherer {
public:
  gatherer(std::uint32_t instances, bool has_bad_images);

  void add(const run_facts& run);

  [[nodiscard]] std::uint32_t runs() const {
    return static_cast<std::uint32_t>(outcomes_.size());
  }

  /// Whether every way to end is known to `precision` to either side.
  [[nodiscard]] bool is_precise(double precision) const;

  /// From 1: the run whose length is the median.
  [[nodiscard]] std::uint32_t median_run() const;

  /// All but the batches of the median run.
  [[nodiscard]] report finish() const;

private:
  using fate_key = std::pair<fate::kind, std::string>;
  /// Progress is a picture of what to expect; so many runs are enough for it.
  static constexpr std::size_t progress_runs_max = 200;

  [[nodiscard]] std::vector<fate> fates() const;
  void put_lengths(report& out) const;
  void put_availability(report& out) const;
  void put_ends(report& out) const;
  void put_worst(report& out) const;
  void put_blast(report& out) const;
  void put_progress(report& out) const;
  [[nodiscard]] notable_run notable(std::uint32_t run) const;
  [[nodiscard]] std::vector<duration> sorted_lengths() const;

  std::uint32_t instances_;
  bool has_bad_images_;
  std::vector<run_outcome> outcomes_;
  std::vector<std::uint64_t> seeds_;
  std::vector<std::string> codes_; // of faults, in the order they were met
  std::vector<std::uint32_t> code_of_;
  std::map<fate_key, std::uint32_t> fates_;
  std::map<std::tuple<std::uint32_t, std::string, std::string>, std::uint32_t> ends_;
  std::array<duration, phases> spent_{};
  std::array<std::vector<duration>, watched_levels.size()> below_;
  std::vector<double> reached_; // of runs with a bad image
  std::uint32_t stopped_ = 0;
  std::vector<std::vector<duration>> progress_;
  availability_bands bands_;
};

} // namespace drydock::inline v1::rehearsal
