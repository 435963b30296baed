// SPDX-License-Identifier: Apache-2.0
#include "html_text.hpp"
#include "json_output.hpp"
#include "picture_book.hpp"
#include "rehearsal_html.hpp"
#include "rehearsal_views.hpp"
#include "rehearse_scenario.hpp"
#include "views.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iostream>
#include <mutex>
#include <unistd.h>

namespace drydock::cli {

using rehearsal::variant;

namespace {

/// As many as `--until-precision` may take where `--runs` sets no bound.
constexpr std::uint32_t runs_until_precise = 100'000;
constexpr std::uint32_t runs_by_default = 200;
constexpr std::size_t variants_max = 100;

/// One setting to rehearse: a file, and what is put over it.
struct candidate {
  std::string name;
  std::filesystem::path file;
  std::vector<config::setting> settings;
};

/// How many settings that would be; more than the limit is all the same.
std::size_t count_combinations(const rehearse_options& options) {
  std::size_t count = 1;
  for (const auto& v : options.vary)
    count = std::min(count * v.values.size(), 1000 * variants_max);
  return count + options.compare.size();
}

/// Every combination of the values of `--vary`, the last one changing fastest.
std::vector<candidate> combine(const rehearse_options& options) {
  std::vector<candidate> all{{{}, options.file, {}}};
  for (const auto& v : options.vary) {
    std::vector<candidate> next;
    for (const auto& c : all)
      for (const auto& value : v.values) {
        auto& x = next.emplace_back(c);
        x.settings.push_back({v.key, value});
        x.name += (x.name.empty() ? "" : ", ") + v.key + " = " + value;
      }
    all = std::move(next);
  }
  if (all.front().name.empty())
    all.front().name = options.file.string();
  for (const auto& other : options.compare)
    all.push_back({other.string(), other, {}});
  return all;
}

/// What stands behind `drydock rehearse` to rehearse one setting alone.
std::string replay_words(const candidate& what) {
  auto words = shell_word(what.file.string());
  for (const auto& x : what.settings)
    words += " --vary " + shell_word(x.key + "=" + x.value);
  return words;
}

/// What a page says of the policy.
std::vector<std::pair<std::string, std::string>>
policy_facts(const config::fleet_file& file) {
  const auto& p = file.request.policy.rolling;
  std::vector<std::pair<std::string, std::string>> facts{
    {"mode", mode_text(file.request.policy.mode)},
    {"action", std::string(engine::to_string(file.action))}};
  if (file.request.policy.mode == engine::upgrade_mode::rolling) {
    facts.emplace_back("max_batch_instance_percent",
                       std::to_string(p.max_batch_instance_percent));
    facts.emplace_back("max_unhealthy_instance_percent",
                       std::to_string(p.max_unhealthy_instance_percent));
    facts.emplace_back("max_unhealthy_upgraded_instance_percent",
                       std::to_string(p.max_unhealthy_upgraded_instance_percent));
    facts.emplace_back("pause_time_between_batches",
                       short_length(p.pause_time_between_batches));
  }
  return facts;
}

/// How far a rehearsal is, on a terminal.
class progress_line {
public:
  progress_line(bool shown, std::uint32_t runs) : shown_(shown), runs_(runs) {}
  ~progress_line() {
    if (shown_ && drawn_)
      std::cerr << "\r\033[K" << std::flush;
  }
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;

  void show(const std::string& name, std::uint32_t done) {
    if (!shown_)
      return;
    const std::lock_guard guard(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::milliseconds(100))
      return;
    last_ = now;
    drawn_ = true;
    std::cerr << "\r\033[Krehearsing " << name << ": " << done << " of " << runs_
              << std::flush;
  }

private:
  bool shown_;
  bool drawn_ = false;
  std::uint32_t runs_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point last_{};
};

class rehearse_session {
public:
  rehearse_session(const rehearse_options& options, signal_watch& signals)
    : options_(options), signals_(signals) {}

  int run() {
    if (!load_all())
      return exit_refused;
    if (options_.run)
      return replay();
    signals_.route([this](const char*, int) { stop_.store(true); });
    const auto done = rehearse_all();
    signals_.route(nullptr);
    if (!done) {
      spdlog::warn("interrupted before every setting was rehearsed; nothing is shown");
      return exit_cancelled;
    }
    return show();
  }

private:
  struct entry {
    candidate what;
    std::shared_ptr<config::fleet_file> file;
    rehearsal::scenario scenario;
  };

  // All files first: a mistake in the last one must not cost the time of the others.
  bool load_all() {
    const auto count = count_combinations(options_);
    if (options_.run && count > 1) {
      refuse(options_.file, "--run replays one run of one setting; leave --vary and "
                            "--compare out, or give --vary one value");
      return false;
    }
    if (count > variants_max) {
      refuse(options_.file, "--vary and --compare come to " + std::to_string(count)
                              + " settings; name " + std::to_string(variants_max)
                              + " at most");
      return false;
    }
    const auto candidates = combine(options_);
    for (const auto& c : candidates) {
      // Member by member: g++ 12 breaks down over a list with `{}` for the scenario.
      entry e;
      e.what = c;
      e.file = load_or_complain(c.file, signals_, c.settings, options_.scale_set);
      if (!e.file)
        return false;
      const auto selection = select_instances(*e.file, options_.instances);
      if (!selection)
        return false;
      if (const auto why = find_obstacle(*e.file)) {
        refuse(c.file, *why);
        return false;
      }
      if (e.file->one_of_several && e.file->shared_budget > 0 && !options_.quiet)
        spdlog::info(
          "what other scale sets hold of the shared budget is not rehearsed: "
          "{} has all {} of it for itself",
          e.file->name, e.file->shared_budget);
      e.scenario = make_scenario(e.file, *selection);
      entries_.push_back(std::move(e));
    }
    return options_.html.empty() || can_write_page();
  }

  bool rehearse_all() {
    rehearsal::options how;
    how.runs = options_.runs.value_or(options_.until_precision > 0 ? runs_until_precise
                                                                   : runs_by_default);
    how.seed = seed_for(*entries_.front().file, options_.seed);
    how.jobs = options_.jobs;
    how.until_precision = options_.until_precision;
    how.stop = &stop_;
    const auto wants_line =
      !options_.quiet && isatty(STDERR_FILENO) == 1 && wants_live_view();
    std::uint32_t most = 0;
    for (const auto& e : entries_) {
      progress_line line(wants_line, how.runs);
      how.on_progress = [&](std::uint32_t done) { line.show(e.what.name, done); };
      results_.push_back({e.what.name, rehearsal::rehearse(e.scenario, how), {}});
      most = std::max(most, results_.back().result.runs);
      if (stop_.load())
        return false;
    }
    return level(how, most);
  }

  /// Settings are compared run by run: all take as many as the one that needs most.
  bool level(rehearsal::options how, std::uint32_t runs) {
    how.runs = runs;
    how.until_precision = 0;
    how.on_progress = nullptr;
    for (std::size_t i = 0; i < results_.size() && !stop_.load(); ++i)
      if (results_[i].result.runs < runs)
        results_[i].result = rehearsal::rehearse(entries_[i].scenario, how);
    for (std::size_t i = 1; i < results_.size(); ++i)
      results_[i].against_first =
        rehearsal::compare(results_[i].result, results_.front().result);
    return !stop_.load();
  }

  /// A run alone is a run as any other, of a fleet that exists in memory only.
  int replay() {
    auto& first = entries_.front();
    run_options how;
    how.file = options_.file;
    how.json = options_.json;
    how.quiet = options_.quiet;
    how.events = options_.events;
    how.seed = rehearsal::seed_of(seed_for(*first.file, options_.seed), *options_.run);
    how.time_limit = first.scenario.spec.time_limit;
    if (how.json && how.events == "-")
      return refuse(options_.file, "--json and --events - both want standard output; "
                                   "give the events a file");
    const auto selection = select_instances(*first.file, options_.instances);
    auto world = first.file->rehearsal.world;
    world.virtual_clock = true;
    first.file->driver = std::move(world);
    return run_file(how, first.file, *selection, signals_);
  }

  int show() {
    const auto& first = entries_.front();
    const rehearsal_facts facts{replay_words(first.what), first.file->name,
                                mode_text(first.file->request.policy.mode),
                                std::string(engine::to_string(first.file->action))};
    if (!options_.html.empty() && !write_page())
      return exit_died;
    if (options_.json)
      std::cout << to_text(rehearsal_json(results_, facts), 2) << '\n';
    else
      std::cout << describe(results_, facts);
    return deliver(exit_done);
  }

  /// Asked before the first run: nobody wants to hear it after the last.
  bool can_write_page() const {
    if (!gnuplot_is_there()) {
      refuse(options_.file, std::string(gnuplot_missing));
      return false;
    }
    const auto existed = std::filesystem::exists(options_.html);
    const auto writable = std::ofstream(options_.html, std::ios::app).is_open();
    const auto error = errno;
    if (writable && !existed)
      std::filesystem::remove(options_.html);
    if (!writable)
      refuse(options_.file, "cannot write " + options_.html.string() + " ("
                              + std::strerror(error) + "); name another file");
    return writable;
  }

  bool write_page() const {
    html_facts facts{options_.file.string(),
                     entries_.front().file->name,
                     policy_facts(*entries_.front().file),
                     {}};
    for (const auto& e : entries_)
      facts.replay.push_back(replay_words(e.what));
    const auto page = rehearsal_html(results_, facts);
    if (const auto* trouble = std::get_if<html_trouble>(&page)) {
      spdlog::error("{}", trouble->text);
      return false;
    }
    std::ofstream out(options_.html, std::ios::trunc | std::ios::binary);
    out << std::get<std::string>(page);
    out.close();
    if (!out)
      spdlog::error("could not write all of {}; make room for it",
                    options_.html.string());
    return !out.fail();
  }

  const rehearse_options& options_;
  signal_watch& signals_;
  std::atomic<bool> stop_{false};
  std::vector<entry> entries_;
  std::vector<variant> results_;
};

} // namespace

int rehearse_command(const rehearse_options& options, signal_watch& signals) {
  return rehearse_session(options, signals).run();
}

} // namespace drydock::cli
